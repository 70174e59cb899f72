/** Ways to fail that every family has, in the words of PyTorch, Hugging Face and torchrun: where they happen, and what is said. */

/** What a family says in other words, or not at all, is in its own files. */
export const CRASHES = {
  port: {
    at: 'start',
    line: 'torch.distributed.DistNetworkError: The server socket has failed to listen on any local network address. port: 29500, useIpv6: false, code: -98, name: EADDRINUSE, message: address already in use',
  },
  environment: {at: 'start', line: "ModuleNotFoundError: No module named 'transformer_engine'"},
  driver: {
    at: 'start',
    line: 'RuntimeError: The NVIDIA driver on your system is too old: CUDA driver version is insufficient for CUDA runtime version',
  },
  auth: {
    at: 'load',
    line: 'huggingface_hub.errors.GatedRepoError: 401 Client Error. Access to model nvidia/Cosmos-Guardrail1 is restricted. You must have access to it and be authenticated to access it. Please log in.',
  },
  checkpoint: {
    at: 'load',
    line: "FileNotFoundError: [Errno 2] No such file or directory: '/root/.cache/huggingface/hub/61f5694b_ema_bf16.pt'",
  },
  oom: {
    at: 'sample',
    line: 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 79.11 GiB of which 1.12 GiB is free.',
  },
  nothing: {at: 'controls', line: 'ValueError: No mask generated for prompt: a street'},
  frames: {
    at: 'sample',
    line: 'ValueError: No input frames; cannot pad. Verify that video frame counts match.',
  },
  timeout: {
    at: 'sample',
    line: 'torch.distributed.DistStoreError: wait timeout after 1800000ms, keys: /default_pg/0//cuda//0',
  },
  watchdog: {
    at: 'sample',
    line: '[rank0]:[E714 09:12:33.1 ProcessGroupNCCL.cpp:632] [Rank 0] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=7, OpType=ALLREDUCE, Timeout(ms)=1800000) ran for 1800012 milliseconds before timing out.',
  },
  gpu: {at: 'sample', line: 'RuntimeError: CUDA error: an illegal memory access was encountered'},
  ecc: {at: 'sample', line: 'RuntimeError: CUDA error: uncorrectable ECC error encountered'},
  crash: {at: 'sample', line: 'ZeroDivisionError: division by zero'},
  space: {at: 'save', line: 'OSError: [Errno 28] No space left on device'},
};

/** Handled by program.mjs and the families: killed, killed-child, hang, no-output, truncated, spec, and the guardrails. */
export const QUIET = ['killed', 'killed-child', 'hang', 'no-output', 'truncated', 'spec'];

export const BLOCK_WORDS = ['lifeless', 'bleeding'];

/** The reason that the blocklist gives for a prompt; undefined where nothing is on the list. */
export function findBlocked(prompt) {
  const word = BLOCK_WORDS.find((each) => prompt.toLowerCase().includes(each));
  return word === undefined
    ? undefined
    : `GUARDRAIL BLOCKED: Prompt blocked by censorship: exact match blocklist: Prompt: ${prompt}, Exact Match Word: ${word}`;
}

/** What is asked for with STANDIN_FAIL: `oom`, or `oom@2` for the third item of a batch. */
export function parseMode(said) {
  if (said === undefined || said === '') return undefined;
  const [, name, item] = /^([^@]+)(?:@(\d+))?$/.exec(said) ?? [null, said];
  return {name, item: item === undefined ? 0 : Number(item)};
}
