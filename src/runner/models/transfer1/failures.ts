/** What Transfer1 advises in its own words. */
import type {FamilyFailures} from '../nvidia/failures.ts';

export const FAILURES: FamilyFailures = {
  'gpu.oom': {
    advice:
      'Free the GPU (somebody may be using it), use fewer controls, add --set offload_diffusion_transformer=true, or use a GPU with 80 GB. More GPUs do not help.',
  },
  'spec.invalid': {message: 'Transfer1 refused the spec or the command line.'},
  'hf.auth': {
    advice:
      'Set HF_TOKEN where you start cosmos, and accept the licences of Llama-Guard-3-8B and Cosmos-Guardrail1 with that account.',
  },
  'checkpoint.missing': {
    advice:
      'Run scripts/download_checkpoints.py in the checkout until it prints no "Error downloading", and check the target\'s "checkpoints".',
  },
  'control.missing': {message: 'Transfer1 could not read one of its input videos.'},
  'input.frames': {
    message: 'The video is too short for prompts of regions.',
    advice: 'Use at least 121 frames, or leave regional_prompts out.',
  },
  'input.size': {message: 'Transfer1 cannot work with the size of the video.'},
  'preprocess.nothing': {
    advice:
      'Name what is to be seen with --set seg.input_control_prompt="car . road", or render the pass and add it to the scene.',
  },
  'env.broken': {
    message: "The software on the target does not fit Transfer1's.",
    advice: "Use an image built from cosmos-transfer1's Dockerfile, and a driver that is new enough for it.",
  },
};
