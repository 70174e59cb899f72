import assert from 'node:assert/strict';
import fc from 'fast-check';
import type {ExitRecord} from '../../../../src/runner/job.ts';
import type {Failure, JobEnd} from '../../../../src/runner/model.ts';
import {transfer1} from '../../../../src/runner/models/transfer1/adapter.ts';
import {makeExit} from '../../run-document.ts';

const classify = (ended: JobEnd): Failure | null => transfer1.classify(ended);

function end(logTail: string[], exit: Partial<ExitRecord> = {rc: 1}): JobEnd {
  return {exit: makeExit(exit), logTail, problems: []};
}

function record(level: string, message: string): string {
  return `[07-14 09:12:33|${level}|cosmos_transfer1/utils/log.py:12:write] ${message}`;
}

/** A line for each row of the table of failures, as the programs print it. */
const LINES: [string, string, boolean][] = [
  [
    'guardrail.prompt',
    record('CRITICAL', 'GUARDRAIL BLOCKED: LLAMAGUARD3: Prompt blocked by Llama Guard 3.'),
    false,
  ],
  ['guardrail.prompt', record('CRITICAL', 'Input text prompt 1 is not safe'), false],
  ['guardrail.prompt', record('CRITICAL', '[RANK 1]All prompts failed safety checks'), false],
  ['guardrail.video', record('CRITICAL', 'GUARDRAIL BLOCKED: VIDEOCONTENTSAFETYFILTER: unsafe'), false],
  ['guardrail.video', record('CRITICAL', 'All generated videos failed safety checks'), false],
  ['guardrail.batch', record('CRITICAL', 'Guardrail blocked generation for entire batch.'), false],
  ['gpu.oom', 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB.', false],
  ['gpu.oom', '[rank0]: torch.cuda.OutOfMemoryError: CUDA out of memory.', false],
  ['gpu.index32', 'RuntimeError: input tensor must fit into 32-bit index math', false],
  ['spec.invalid', "ValueError: Invalid hint_key: fog. Must be one of {'vis'}", false],
  ['spec.invalid', "ValueError: Must have 'input_video' specified if sigma_max < 80", false],
  ['spec.invalid', 'transfer.py: error: argument --seed: invalid int value: x', false],
  ['spec.invalid', 'json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)', false],
  ['hf.auth', 'huggingface_hub.errors.GatedRepoError: 403 Client Error.', false],
  ['checkpoint.missing', "FileNotFoundError: [Errno 2] No such file or directory: 'c/base_model.pt'", false],
  ['control.missing', 'ValueError: Failed to load video frames from inputs/depth.mp4', false],
  ['input.frames', 'AssertionError: Temporal dimension 24 is not divisible by chunk_length 121', false],
  ['input.size', 'RuntimeError: The size of tensor a (48) must match the size of tensor b (49)', false],
  ['preprocess.nothing', 'No boxes detected. Exiting.', false],
  ['dist.port', 'The server socket has failed to listen on any local network address. EADDRINUSE', true],
  ['dist.timeout', 'torch.distributed.DistStoreError: Socket Timeout', true],
  ['env.torchrun', "KeyError: 'RANK'", false],
  ['env.broken', "ModuleNotFoundError: No module named 'transformer_engine'", false],
  ['target.no-space', 'OSError: [Errno 28] No space left on device', true],
  ['gpu.fault', 'RuntimeError: CUDA error: an illegal memory access was encountered', true],
];

/** torchrun's own words after any failure. */
const WRAPPER = [
  'Traceback (most recent call last):',
  '  File "/usr/local/bin/torchrun", line 8, in <module>',
  '    sys.exit(main())',
  'torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ',
  'Root Cause (first observed failure):',
];

describe('transfer1.classify', () => {
  for (const [name, line, isRetryable] of LINES) {
    it(`reads ${JSON.stringify(line.replace(/^\[.*?\] /, ''))} as ${name}`, () => {
      const failure = classify(end([record('INFO', 'Run generation'), line, ...WRAPPER]));
      assert.equal(failure?.class, name);
      assert.deepEqual(failure.evidence, [line.replace(/^\[rank0\]: /, '')]);
      assert.equal(failure.isRetryable, isRetryable);
      assert.match(failure.advice, /\.$/);
    });
  }

  it('never decides by a line that echoes a prompt', () => {
    for (const [, line] of LINES) {
      const text = line.replace(/^\[.*?\] /, '');
      const echoes = [
        record('INFO', `no input_control provided for seg. generating with SAM using prompt='${text}'`),
        record('INFO', 'control_inputs: {'),
        `    "seg": "${text}"`,
        '}',
        record('INFO', 'Upsampled prompt 1: a street'),
        text,
      ];
      assert.equal(classify(end(echoes))?.class, 'job.exit', text);
      assert.equal(classify(end(echoes.slice(2, 4)))?.class, 'job.exit', text);
      assert.equal(classify(end(echoes, {rc: 0})), null, text);
    }
  });

  it('hears a traceback right after an echo', () => {
    const lines = [
      record('INFO', 'final args: {'),
      'Traceback (most recent call last):',
      'CUDA out of memory',
    ];
    assert.equal(classify(end(lines))?.class, 'gpu.oom');
  });

  it('takes no source line of a traceback for a message', () => {
    const lines = [
      'Traceback (most recent call last):',
      '  File "transfer.py", line 3, in load',
      '    raise ValueError("CUDA out of memory")',
      'KeyError: 7',
    ];
    const failure = classify(end([...lines, ...WRAPPER]));
    assert.equal(failure?.class, 'job.exit');
    assert.match(failure.message, /ended with an error: KeyError: 7/);
    assert.deepEqual(failure.evidence, ['KeyError: 7']);
  });

  it('takes the first class in their order', () => {
    const lines = LINES.map(([, line]) => line).toReversed();
    assert.equal(classify(end(lines))?.class, 'guardrail.prompt');
  });

  it('believes a guardrail more than exit code 0', () => {
    const said = record('CRITICAL', 'Generated video 1 is not safe');
    assert.equal(classify(end([said], {rc: 0}))?.class, 'guardrail.video');
    assert.equal(classify(end([record('INFO', 'Run guardrail on generated videos')], {rc: 0})), null);
  });

  it('names the word that was blocked', () => {
    const said =
      'GUARDRAIL BLOCKED: exact match blocklist: Prompt: a lifeless street, Exact Match Word: lifeless';
    const failure = classify(end([record('CRITICAL', said)]));
    assert.equal(failure?.message, 'The guardrail blocked the prompt for the word "lifeless".');
  });

  it('ignores crashes that a finished run survived', () => {
    const survived = [record('WARNING', '401 Client Error: retrying'), 'UserWarning: libcudart.so not found'];
    assert.equal(classify(end(survived, {rc: 0})), null);
    assert.equal(classify(end(survived, {rc: 1}))?.class, 'hf.auth');
  });

  it('takes harmless critical lines for what they are', () => {
    const harmless = [
      record('CRITICAL', 'Initialized distributed training with local rank 0 with timeout 1800'),
      record('CRITICAL', 'The benchmarked generation time for Cosmos-Transfer1 is 12.0 seconds.'),
    ];
    assert.equal(classify(end(harmless, {rc: 0})), null);
    assert.equal(classify(end(harmless))?.class, 'job.exit');
  });

  it('suspects the memory of the machine when killed', () => {
    const killed = [...WRAPPER, '  traceback : Signal 9 (SIGKILL) received by PID 4711'];
    assert.equal(classify(end(killed))?.class, 'host.oom');
    assert.equal(classify(end([], {rc: 137}))?.class, 'host.oom');
    assert.equal(classify(end([], {reason: 'signal', rc: null, signal: 'SIGKILL'}))?.class, 'host.oom');
    const own = [
      'Traceback (most recent call last):',
      '  File "a.py", line 1, in b',
      '    c()',
      'KeyError: 7',
    ];
    assert.equal(classify(end([...own, ...killed]))?.class, 'job.exit');
  });

  it('leaves other ends to the supervisor', () => {
    for (const [reason, name] of [
      ['cancel', 'job.cancelled'],
      ['timeout', 'job.timeout'],
      ['lost', 'job.lost'],
    ] as const)
      assert.equal(classify(end(['CUDA out of memory'], {reason, rc: null}))?.class, name);
  });

  it('names outputs that are missing after success', () => {
    const problems = [{name: 'output.mp4', reason: 'is missing'}];
    assert.equal(classify({...end([], {rc: 0}), problems})?.class, 'outputs.wrong');
  });

  it('keeps a few short lines as evidence', () => {
    fc.assert(
      fc.property(fc.array(fc.string({maxLength: 2000}), {maxLength: 50}), (tail) => {
        const {evidence = []} = classify(end([...tail, `CUDA out of memory ${'x'.repeat(900)}`])) ?? {};
        assert.ok(evidence.length <= 5 && evidence.every((line) => line.length <= 500));
      }),
    );
  });
});
