/** Ways to fail in the words of cosmos-transfer1, besides those that every program has. */

/** Where each happens, what it prints on stdout, and the line that ends it. */
export const CRASHES = {
  oom: {
    at: 'load',
    line: 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 23.64 GiB of which 1.12 GiB is free.',
  },
  index32: {at: 'sample', line: 'RuntimeError: input tensor must fit into 32-bit index math'},
  auth: {
    at: 'load',
    line: 'huggingface_hub.errors.GatedRepoError: 401 Client Error. Access to model meta-llama/Llama-Guard-3-8B is restricted.',
  },
  checkpoint: {
    at: 'load',
    line: "FileNotFoundError: [Errno 2] No such file or directory: 'checkpoints/nvidia/Cosmos-Transfer1-7B/base_model.pt'",
  },
  size: {
    at: 'sample',
    line: 'RuntimeError: The size of tensor a (48) must match the size of tensor b (49) at non-singleton dimension 4',
  },
  frames: {
    at: 'generate',
    line: 'AssertionError: Temporal dimension 24 is not divisible by chunk_length 121',
  },
  nothing: {
    at: 'controls',
    printed: [
      "No boxes detected for prompt: 'a street'. Trying with lower thresholds...",
      "Still no boxes detected for prompt: 'a street'.",
      'No boxes detected. Exiting.',
    ],
    line: 'IndexError: list index out of range',
  },
  timeout: {
    at: 'generate',
    line: 'torch.distributed.DistStoreError: wait timeout after 1800000ms, keys: /default_pg/0//cuda//0',
  },
  torchrun: {at: 'start', line: "KeyError: 'RANK'"},
};

/** A blocked batch is not an answer that the program expects. */
export const EPILOGUE = 'TypeError: cannot unpack non-iterable NoneType object';
