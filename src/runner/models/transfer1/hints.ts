/**
 * The controls ("hints") that Transfer1 knows: which of them it computes by itself, which belong to its driving model, and
 * the names of the files that it writes for them.
 */

import {SPEC_KEYS} from './parameters.ts';

export const HINTS = ['vis', 'edge', 'depth', 'seg', 'keypoint', 'upscale', 'hdmap', 'lidar'] as const;
export type Hint = (typeof HINTS)[number];

/** Computed from the input video when a spec names no control video. */
export const AUTOMATIC: readonly Hint[] = ['vis', 'edge', 'depth', 'seg', 'keypoint'];

/** Controls of the driving model: another base model, so they go with no other control. */
export const DRIVING: readonly Hint[] = ['hdmap', 'lidar'];

/** Controls that a scene folder can have a pass for. */
export const SCENE_HINTS = ['vis', 'edge', 'depth', 'seg'] as const satisfies readonly Hint[];

/** What Transfer1 gives a control whose weight a spec does not name. */
export const UNNAMED_WEIGHT = 0.5;

/** Members of a spec that Transfer1 reads; it takes any other and ignores it. */
export const SPEC_MEMBERS: readonly string[] = [
  'prompt',
  'negative_prompt',
  'input_video_path',
  'regional_prompts',
  ...SPEC_KEYS,
  ...HINTS,
];

/** Members of a control that Transfer1 reads. */
export const CONTROL_KEYS: readonly string[] = [
  'control_weight',
  'input_control',
  'input_control_prompt',
  'control_weight_prompt',
  'ckpt_path',
];

/** Where the published control checkpoints lie below the checkpoint folder. */
export const PUBLISHED_CHECKPOINT =
  /nvidia\/Cosmos-Transfer1-7B(?:\/(?:(?:vis|edge|seg|depth|keypoint|4kupscaler)_control|edge_control_distilled)|-Sample-AV\/(?:hdmap|lidar)_control|-Sample-AV-Single2MultiView\/(?:t2w|v2w)_(?:hdmap|lidar)_control)\.pt$/;

export function isHint(name: string): name is Hint {
  return HINTS.some((hint) => hint === name);
}

/** Names of a computed control's video: one for each rank, and the single one of versions before August 2025. */
export function controlFiles(hint: Hint, gpus: number): string[] {
  const ranks = Array.from({length: gpus}, (_, rank) => `${hint}_input_control_${rank}.mp4`);
  return [...ranks, `${hint}_input_control.mp4`];
}
