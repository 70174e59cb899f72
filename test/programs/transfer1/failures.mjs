/** The last words of runs that fail, as cosmos-transfer1, PyTorch and torchrun print them, by the mode that asks for them. */

const traceback = (line) => [
  'Traceback (most recent call last):',
  '  File "/workspace/cosmos_transfer1/diffusion/inference/transfer.py", line 431, in <module>',
  '    demo(args, control_inputs)',
  line,
];

const blocked = traceback('TypeError: cannot unpack non-iterable NoneType object');
const EPILOGUE = ['CRITICAL', 'Guardrail blocked generation for entire batch.'];

/**
 * `records` are logged on stdout, `printed` is plain stdout, `errors` is stderr; `rc` is the exit code. `at` is the phase
 * after which it happens.
 */
export const FAILURES = {
  guardrail: {
    at: 'check prompt',
    records: [
      [
        'CRITICAL',
        'GUARDRAIL BLOCKED: Prompt blocked by censorship: exact match blocklist: Prompt: a lifeless street, Exact Match Word: lifeless',
      ],
      ['CRITICAL', 'Input text prompt 1 is not safe'],
      ['CRITICAL', 'All prompts failed safety checks'],
      EPILOGUE,
    ],
    errors: blocked,
    rc: 1,
  },
  'guardrail-video': {
    at: 'check video',
    records: [
      ['CRITICAL', 'GUARDRAIL BLOCKED: VIDEOCONTENTSAFETYFILTER: unsafe frames'],
      ['CRITICAL', 'Generated video 1 is not safe'],
      ['CRITICAL', 'All generated videos failed safety checks'],
      EPILOGUE,
    ],
    errors: blocked,
    rc: 1,
  },
  'guardrail-silent': {at: 'check prompt', records: [['CRITICAL', 'Input text prompt 1 is not safe']], rc: 0},
  oom: {
    at: 'load',
    errors: traceback(
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 23.64 GiB of which 1.12 GiB is free.',
    ),
    rc: 1,
  },
  index32: {
    at: 'sample',
    errors: traceback('RuntimeError: input tensor must fit into 32-bit index math'),
    rc: 1,
  },
  auth: {
    at: 'load',
    errors: traceback(
      'huggingface_hub.errors.GatedRepoError: 401 Client Error. Access to model meta-llama/Llama-Guard-3-8B is restricted.',
    ),
    rc: 1,
  },
  checkpoint: {
    at: 'load',
    errors: traceback(
      "FileNotFoundError: [Errno 2] No such file or directory: 'checkpoints/nvidia/Cosmos-Transfer1-7B/base_model.pt'",
    ),
    rc: 1,
  },
  size: {
    at: 'sample',
    errors: traceback(
      'RuntimeError: The size of tensor a (48) must match the size of tensor b (49) at non-singleton dimension 4',
    ),
    rc: 1,
  },
  frames: {
    at: 'generate',
    errors: traceback('AssertionError: Temporal dimension 24 is not divisible by chunk_length 121'),
    rc: 1,
  },
  nothing: {
    at: 'controls',
    printed: [
      "No boxes detected for prompt: 'a street'. Trying with lower thresholds...",
      "Still no boxes detected for prompt: 'a street'.",
      'No boxes detected. Exiting.',
    ],
    errors: traceback('IndexError: list index out of range'),
    rc: 1,
  },
  port: {
    at: 'start',
    errors: [
      'torch.distributed.DistNetworkError: The server socket has failed to listen on any local network address. port: 29500, useIpv6: false, code: -98, name: EADDRINUSE, message: address already in use',
    ],
    rc: 1,
  },
  timeout: {
    at: 'generate',
    errors: traceback(
      'torch.distributed.DistStoreError: wait timeout after 1800000ms, keys: /default_pg/0//cuda//0',
    ),
    rc: 1,
  },
  torchrun: {at: 'start', errors: traceback("KeyError: 'RANK'"), rc: 1},
  environment: {
    at: 'start',
    errors: traceback("ModuleNotFoundError: No module named 'transformer_engine'"),
    rc: 1,
  },
  space: {at: 'save', errors: traceback('OSError: [Errno 28] No space left on device'), rc: 1},
  gpu: {
    at: 'sample',
    errors: traceback('RuntimeError: CUDA error: an illegal memory access was encountered'),
    rc: 1,
  },
  crash: {at: 'sample', errors: traceback('ZeroDivisionError: division by zero'), rc: 1},
  'killed-child': {at: 'load', errors: [], traceback: 'Signal 9 (SIGKILL) received by PID 4711', rc: 1},
  killed: {at: 'load', kill: 'SIGKILL'},
  'no-output': {at: 'save', rc: 0},
};

/** torchrun's report of a program that ended with anything but 0; it says nothing of the reason. */
export function wrapperLines(script, {rc = 1, traceback: reason} = {}) {
  return [
    'Traceback (most recent call last):',
    '  File "/usr/local/bin/torchrun", line 8, in <module>',
    '    sys.exit(main())',
    'torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ',
    '============================================================',
    `${script} FAILED`,
    '------------------------------------------------------------',
    'Root Cause (first observed failure):',
    '[0]:',
    '  time      : 2026-07-14_09:12:33',
    '  rank      : 0 (local_rank: 0)',
    `  exitcode  : ${reason ? -9 : rc} (pid: 4711)`,
    '  error_file: <N/A>',
    `  traceback : ${reason ?? 'To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html'}`,
    '============================================================',
  ];
}
