/** The flight of the sample scene: down an avenue, just above the lower roofs, with a slow look to the right. */

export interface Camera {
  x: number;
  y: number;
  z: number;
  /** Unit vectors of the picture: to the right, up, and into it. */
  right: readonly [number, number, number];
  up: readonly [number, number, number];
  forward: readonly [number, number, number];
}

/** Horizontal field of view. */
export const FIELD_OF_VIEW = (62 * Math.PI) / 180;

/** Where the camera is at `progress` from 0 to 1. */
export function cameraAt(progress: number): Camera {
  const yaw = ((-5 + 13 * progress) * Math.PI) / 180;
  const pitch = ((-13 + 2 * progress) * Math.PI) / 180;
  const [sinYaw, cosYaw, sinPitch, cosPitch] = [
    Math.sin(yaw),
    Math.cos(yaw),
    Math.sin(pitch),
    Math.cos(pitch),
  ];
  return {
    x: 4 + 6 * progress,
    y: 64 - 10 * progress,
    z: 8 + 68 * progress,
    right: [cosYaw, 0, -sinYaw],
    up: [-sinYaw * sinPitch, cosPitch, -cosYaw * sinPitch],
    forward: [sinYaw * cosPitch, sinPitch, cosYaw * cosPitch],
  };
}
