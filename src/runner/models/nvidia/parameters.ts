/** Entries that the tables of several families have in common. */
import type {Parameter} from '../parameters.ts';
import {PRESETS} from '../preview/presets.ts';

/** The strengths of computed controls, as the meanings name them. */
export const STRENGTHS = PRESETS.join(', ');

export const STEPS: Parameter = {
  key: 'num_steps',
  flag: 'steps',
  at: {spec: 'num_steps'},
  default: 35,
  meaning: 'steps of the diffusion',
};

export const SHOWN: readonly Parameter[] = [
  {
    key: 'show_control_condition',
    at: {spec: 'show_control_condition'},
    default: false,
    meaning: 'put the controls beside the result',
  },
  {key: 'show_input', at: {spec: 'show_input'}, default: false, meaning: 'put the input beside the result'},
];

export const CHUNK: Parameter = {
  key: 'num_video_frames_per_chunk',
  at: {spec: 'num_video_frames_per_chunk'},
  default: 93,
  meaning: 'frames that are made at once',
};

export const GPUS: Parameter = {
  key: 'num_gpus',
  flag: 'gpus',
  at: {option: '--nproc_per_node'},
  takes: 'count',
  default: 1,
  meaning: 'more GPUs take less time, not less memory for each',
};

export const PORT: Parameter = {
  key: 'master_port',
  at: {option: '--master_port'},
  takes: 'port',
  meaning: 'another port of torchrun, for two jobs on one machine outside of containers',
};

export const OFFLOAD_GUARDRAILS: Parameter = {
  key: 'offload_guardrail_models',
  at: {option: '--offload-guardrail-models'},
  takes: 'switch',
  default: false,
  meaning: 'free the GPU of them while they are idle',
};

export const NO_GUARDRAILS: Parameter = {
  key: 'disable_guardrails',
  at: {option: '--disable-guardrails'},
  takes: 'switch',
  default: false,
  meaning: 'check neither prompt nor video',
};
