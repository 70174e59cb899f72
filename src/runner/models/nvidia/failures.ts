/**
 * Why runs of the Cosmos models fail, by the lines that they leave, in the order in which they count: the first class that has
 * a line wins, because a blocked prompt also ends in a crash and a full GPU also ends in torchrun's own traceback. What only
 * one family can advise, it says itself (FamilyFailures).
 */

export interface FailureClass {
  class: string;
  pattern: RegExp;
  message: string;
  isRetryable: boolean;
  advice: string;
}

/** What a family says in its own words, by class. */
export type FamilyFailures = Readonly<Record<string, Partial<Pick<FailureClass, 'message' | 'advice'>>>>;

/** Blocked by the guardrails; these hold even after exit code 0. */
export const GUARDRAIL: readonly FailureClass[] = [
  {
    class: 'guardrail.prompt',
    pattern:
      /GUARDRAIL BLOCKED:(?!\s*VIDEOCONTENT)|Input text prompt(?: \d+)? is not safe|All prompts failed safety checks|Guardrail blocked generation\. |Guardrail blocked prompt '|Prompt blocked by /,
    message: 'The guardrail blocked the prompt.',
    isRetryable: false,
    advice:
      'Change the word that the log names, in the prompt or the negative prompt: brand names and words such as "bleeding" or "lifeless" are blocked too.',
  },
  {
    class: 'guardrail.video',
    pattern:
      /VIDEOCONTENTSAFETYFILTER|Generated video(?: \d+)? is not safe|All generated videos failed safety checks|Guardrail blocked video/,
    message: 'The guardrail blocked the finished video.',
    isRetryable: false,
    advice: 'Run it again with another seed or another prompt.',
  },
  {
    class: 'guardrail.batch',
    pattern: /Guardrail blocked generation for entire batch/,
    message: 'The guardrail blocked the run.',
    isRetryable: false,
    advice: 'Change the prompt or the seed; the log says which of the two checks it was, if anything does.',
  },
];

/** What a run that ended badly died of. */
export const CRASHES: readonly FailureClass[] = [
  {
    class: 'gpu.oom',
    pattern: /torch(?:\.cuda)?\.OutOfMemoryError|CUDA out of memory/,
    message: 'The GPU had too little free memory.',
    isRetryable: false,
    advice:
      'Free the GPU (somebody may be using it), use fewer controls, or use a GPU with 80 GB. More GPUs do not help.',
  },
  {
    class: 'gpu.index32',
    pattern: /input tensor must fit into 32-bit index math/,
    message: 'The video is too large to be upscaled in one piece.',
    isRetryable: false,
    advice: 'Use a shorter or smaller input.',
  },
  {
    class: 'spec.invalid',
    pattern:
      /Invalid hint_key:|Must have 'input_video' specified|controlnet must have 'input_control' video|Control weight for \w+ must be|json\.decoder\.JSONDecodeError|Error validating parameters from '|No controls provided, please provide|Inference samplename .* is not unique|transfer inference requires at least one control hint|error: argument --|error: unrecognized arguments|error: the following arguments are required|No default distilled checkpoint/,
    message: 'The model refused the spec or the command line.',
    isRetryable: false,
    advice:
      'Correct what the line names. The checkout on the target may be of another version than cosmos knows.',
  },
  {
    class: 'hf.auth',
    pattern: /GatedRepoError|40[13] Client Error|Access to model .* is restricted|Invalid user token/,
    message: 'Hugging Face refused to hand out a model.',
    isRetryable: false,
    advice:
      'Set HF_TOKEN where you start cosmos, and accept the licences of the models that the log names with that account.',
  },
  {
    class: 'checkpoint.missing',
    pattern:
      /FileNotFoundError: .*\.(?:pt|jit|safetensors|bin|pth)\b|No such file or directory: .*\.(?:pt|jit|safetensors|bin|pth)\b/,
    message: 'A checkpoint is missing on the target.',
    isRetryable: false,
    advice: 'Bring the file that the line names onto the target.',
  },
  {
    class: 'control.missing',
    pattern:
      /Missing pre-computed control input for|Failed to load video frames from|Path does not point to a file/,
    message: 'The model could not read one of its inputs.',
    isRetryable: false,
    advice: 'Check that the file plays from its beginning to its end, and encode it again as H.264 in MP4.',
  },
  {
    class: 'input.frames',
    pattern: /No input frames; cannot pad|is not divisible by chunk_length/,
    message: 'The inputs do not have the frames that the model needs.',
    isRetryable: false,
    advice: 'Check that every input has as many frames as the video.',
  },
  {
    class: 'input.size',
    pattern: /The size of tensor a \(\d+\) must match the size of tensor b/,
    message: 'The model cannot work with the size of the video.',
    isRetryable: false,
    advice: 'Render at 1280x704, 704x1280, 960x960, 960x704 or 704x960.',
  },
  {
    class: 'preprocess.nothing',
    pattern: /No boxes detected\. Exiting|No mask generated for prompt|Failed to compute depth/,
    message: 'A control could not be computed: nothing was found in the video.',
    isRetryable: false,
    advice: 'Render the pass and add it to the scene, or name what is to be seen.',
  },
  {
    class: 'dist.port',
    pattern: /EADDRINUSE|The server socket has failed to listen/,
    message: 'Another job on the machine had the network port that torchrun needs.',
    isRetryable: true,
    advice: 'Run it again when that job has ended, or with --set master_port=29501.',
  },
  {
    class: 'dist.timeout',
    pattern: /DistStoreError|Watchdog caught collective operation timeout|wait timeout after \d+ms/,
    message: 'The processes of the GPUs lost each other.',
    isRetryable: true,
    advice: 'Run it again once; if it happens twice, use one GPU or leave upsample_prompt out.',
  },
  {
    class: 'env.torchrun',
    pattern: /KeyError: 'RANK'/,
    message: 'The program was started without torchrun.',
    isRetryable: false,
    advice: 'Check that torchrun of the image is the one of PyTorch.',
  },
  {
    class: 'env.broken',
    pattern:
      /ModuleNotFoundError|undefined symbol|libnvrtc|libcudart|is already used by a Transformers config|libxcb|CUDA driver version is insufficient|no kernel image is available/,
    message: "The software on the target does not fit the model's.",
    isRetryable: false,
    advice:
      "Use an image built from the Dockerfile of the model's repository, and a driver that is new enough for it.",
  },
  {
    class: 'target.no-space',
    pattern: /No space left on device/,
    message: 'The disk of the target was full.',
    isRetryable: true,
    advice: 'Free some space there, then run it again.',
  },
  {
    class: 'gpu.fault',
    pattern: /CUDA error: an illegal memory access|uncorrectable ECC|device-side assert/,
    message: 'The GPU failed.',
    isRetryable: true,
    advice: 'Run it again; if it happens twice on this machine, have it replaced.',
  },
];

/** What torchrun says of a process that was killed from outside. */
export const KILLED = /Signal 9 \(SIGKILL\) received by PID/;

export const HOST_MEMORY: Omit<FailureClass, 'pattern'> = {
  class: 'host.oom',
  message: 'The job was killed from outside, most often because the machine ran out of memory.',
  isRetryable: true,
  advice:
    'Give it more memory or shared memory ("memory", "shm" and "ipc" of the target), see whether somebody stopped it, then run it again.',
};
