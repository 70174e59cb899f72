/** Light of the sample scene: a warm afternoon sun behind the right shoulder, blue sky, soft clouds, haze. Linear RGB. */
import {hash3} from './random.ts';

export interface Color {
  r: number;
  g: number;
  b: number;
}

/** Direction to the sun, of length 1. */
export const SUN = normalize(0.62, 0.56, -0.4);

export const SUN_COLOR: Color = {r: 2.7, g: 2.15, b: 1.5};
export const SKY_LIGHT: Color = {r: 0.3, g: 0.42, b: 0.62};
export const HAZE: Color = {r: 0.72, g: 0.74, b: 0.78};

/** Distance in metres at which haze has taken 63 % of a colour. */
const HAZE_METRES = 2300;

/** The sky in a direction of length 1. `withClouds` is off for reflections, where nobody sees them. */
export function skyColor(dx: number, dy: number, dz: number, withClouds: boolean): Color {
  const up = Math.max(dy, 0);
  const blend = 1 - (1 - up) ** 6;
  const color = {
    r: HAZE.r + (0.07 - HAZE.r) * blend,
    g: HAZE.g + (0.2 - HAZE.g) * blend,
    b: HAZE.b + (0.62 - HAZE.b) * blend,
  };
  const towardSun = Math.max(0, dx * SUN[0] + dy * SUN[1] + dz * SUN[2]);
  const glow = 0.5 * towardSun ** 24;
  const cloud =
    withClouds && dy > 0.01 ? cloudCover(dx / (dy + 0.12), dz / (dy + 0.12)) * Math.min(1, dy * 9) : 0;
  return {
    r: mix(color.r + glow, 1.02, cloud),
    g: mix(color.g + 0.8 * glow, 0.98, cloud),
    b: mix(color.b + 0.5 * glow, 0.95, cloud),
  };
}

/** How much of a colour at `metres` is replaced by haze, 0 to 1. */
export function hazeAt(metres: number): number {
  return 1 - Math.exp(-((metres / HAZE_METRES) ** 1.4));
}

export function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}

function cloudCover(x: number, z: number): number {
  let sum = 0;
  let [scale, weight] = [0.55, 0.5];
  for (let octave = 0; octave < 4; octave += 1) {
    sum += weight * smoothNoise(x * scale, z * scale * 1.6, octave);
    scale *= 2.1;
    weight *= 0.5;
  }
  const cover = Math.min(1, Math.max(0, (sum - 0.46) / 0.3));
  return 0.8 * cover * cover * (3 - 2 * cover);
}

function smoothNoise(x: number, z: number, layer: number): number {
  const [x0, z0] = [Math.floor(x), Math.floor(z)];
  const [u, v] = [ease(x - x0), ease(z - z0)];
  const low = mix(hash3(x0, z0, layer), hash3(x0 + 1, z0, layer), u);
  return mix(low, mix(hash3(x0, z0 + 1, layer), hash3(x0 + 1, z0 + 1, layer), u), v);
}

function ease(t: number): number {
  return t * t * (3 - 2 * t);
}

function normalize(x: number, y: number, z: number): readonly [number, number, number] {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
}
