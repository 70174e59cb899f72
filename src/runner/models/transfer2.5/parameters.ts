/**
 * The parameters of Transfer2.5 (cosmos_transfer2/config.py, with its own defaults), and the flags that cannot act on it.
 * Resolution and sigma_max are texts there.
 */
import {
  CHUNK,
  GPUS,
  NO_GUARDRAILS,
  OFFLOAD_GUARDRAILS,
  PORT,
  SHOWN,
  STEPS,
  STRENGTHS,
} from '../nvidia/parameters.ts';
import type {ParameterTable} from '../parameters.ts';

export const TRANSFER25: ParameterTable = {
  parameters: [
    STEPS,
    {
      key: 'guidance',
      flag: 'guidance',
      at: {spec: 'guidance'},
      default: 3,
      meaning: 'how closely the prompt is followed; a whole number from 0 to 7',
    },
    {
      key: 'sigma_max',
      flag: 'sigma-max',
      at: {spec: 'sigma_max'},
      isText: true,
      meaning: 'how much of the input is replaced by noise, up to 200; else all of it',
    },
    {key: 'seed', at: {spec: 'seed'}, default: 2025, meaning: '0 to 4294967295; also --seed'},
    {
      key: 'resolution',
      flag: 'resolution',
      at: {spec: 'resolution'},
      default: '720',
      isText: true,
      meaning: 'the size that the model works at: 256, 480, 480p, 512, 720, 720p, 720robocasa, 1024, 1080',
    },
    {
      key: 'keep_input_resolution',
      at: {spec: 'keep_input_resolution'},
      default: true,
      meaning: 'scale the result back to the size of the input',
    },
    {
      key: 'max_frames',
      flag: 'max-frames',
      at: {spec: 'max_frames'},
      meaning: 'frames of the input that are read; else all',
    },
    CHUNK,
    {
      key: 'num_conditional_frames',
      at: {spec: 'num_conditional_frames'},
      default: 1,
      meaning: 'frames that a chunk takes over from the one before: 0, 1 or 2',
    },
    {
      key: 'context_frame_index',
      at: {spec: 'context_frame_index'},
      meaning: 'the frame of the input that gives the style',
    },
    ...SHOWN,
    {
      key: 'guided_generation_step_threshold',
      at: {spec: 'guided_generation_step_threshold'},
      meaning: 'steps in which guided_generation_mask of a spec keeps the foreground',
    },
    {
      key: 'canny_threshold',
      flag: 'canny-threshold',
      at: {spec: 'edge.preset_edge_threshold'},
      actsOn: 'edge',
      meaning: `of computed edges: ${STRENGTHS}`,
    },
    {
      key: 'blur_strength',
      flag: 'blur-strength',
      at: {spec: 'vis.preset_blur_strength'},
      actsOn: 'vis',
      meaning: `of a computed vis: ${STRENGTHS}`,
    },
    {
      key: 'seg.control_prompt',
      at: {spec: 'seg.control_prompt'},
      actsOn: 'seg',
      meaning: 'what a computed seg looks for; else the first 128 words of the prompt',
    },
    ...(['vis', 'edge', 'depth', 'seg'] as const).map((control) => ({
      key: `${control}.mask_prompt`,
      at: {spec: `${control}.mask_prompt`},
      meaning: `where ${control} counts: what SAM2 finds for these words`,
    })),
    {
      key: 'checkpoint',
      at: {option: '--model'},
      takes: ['edge', 'depth', 'seg', 'vis', 'edge/distilled'],
      meaning:
        'the checkpoint; else that of the only control, or all of them. edge/distilled takes 4 steps and at most 93 frames',
    },
    GPUS,
    PORT,
    OFFLOAD_GUARDRAILS,
    NO_GUARDRAILS,
  ],
  refused: {fps: 'Transfer2.5 writes the result with the frame rate of the input'},
};
