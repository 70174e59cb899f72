/** The controls that the preview knows, and which of them it can compute from the colour pass alone. */

export const CONTROLS = ['vis', 'edge', 'depth', 'seg'] as const;
export type ControlName = (typeof CONTROLS)[number];

/** Computed when the spec names no file; depth and seg have to be rendered. */
export const COMPUTED: readonly ControlName[] = ['vis', 'edge'];

/** Controls of the same family that other models take and the preview does not. */
export const FOREIGN_CONTROLS: readonly string[] = ['keypoint', 'upscale', 'hdmap', 'lidar'];

/** The file that a run leaves for a control, named as Transfer1 names it. */
export function controlFile(control: ControlName): string {
  return `${control}_input_control.mp4`;
}
