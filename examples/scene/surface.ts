/** Materials of the sample scene: what a surface looks like before light falls on it. Linear RGB. */
import {BLOCK, PAVEMENT, ROAD} from './city.ts';
import type {Box} from './city.ts';
import type {ClassName} from './classes.ts';
import {hash3} from './random.ts';
import {mix} from './sky.ts';
import type {Color} from './sky.ts';

export interface Surface {
  color: Color;
  /** 0 for matt, 1 for a mirror. */
  gloss: number;
  /** Light of its own: lit windows. */
  glow: number;
}

interface Facade {
  wall: readonly Color[];
  /** Metres between windows and between floors, and the share of each that is glass. */
  pitch: number;
  floor: number;
  wide: number;
  tall: number;
}

const FACADES: Partial<Record<ClassName, Facade>> = {
  brick: {
    wall: [
      {r: 0.36, g: 0.13, b: 0.085},
      {r: 0.44, g: 0.22, b: 0.13},
      {r: 0.3, g: 0.16, b: 0.12},
      {r: 0.5, g: 0.36, b: 0.24},
    ],
    pitch: 2.9,
    floor: 3.4,
    wide: 0.46,
    tall: 0.52,
  },
  concrete: {
    wall: [
      {r: 0.56, g: 0.53, b: 0.47},
      {r: 0.46, g: 0.47, b: 0.48},
      {r: 0.66, g: 0.6, b: 0.5},
      {r: 0.62, g: 0.62, b: 0.6},
    ],
    pitch: 3.6,
    floor: 3.5,
    wide: 0.78,
    tall: 0.5,
  },
  glass: {
    wall: [
      {r: 0.2, g: 0.24, b: 0.28},
      {r: 0.34, g: 0.36, b: 0.38},
      {r: 0.16, g: 0.22, b: 0.26},
    ],
    pitch: 1.9,
    floor: 3.8,
    wide: 0.92,
    tall: 0.84,
  },
};

const PAINT: readonly Color[] = [
  {r: 0.6, g: 0.6, b: 0.6},
  {r: 0.03, g: 0.03, b: 0.04},
  {r: 0.5, g: 0.04, b: 0.03},
  {r: 0.04, g: 0.12, b: 0.4},
  {r: 0.75, g: 0.5, b: 0.05},
  {r: 0.28, g: 0.3, b: 0.32},
];

const WINDOW: Color = {r: 0.035, g: 0.05, b: 0.065};
const MATT = {gloss: 0, glow: 0};

/**
 * A wall of `box` at `along` metres around it and `up` metres above the ground. `footprint` is the size of a pixel there,
 * in metres: where windows get smaller than pixels they fade into their average instead of flickering.
 */
export function wallSurface(box: Box, along: number, up: number, footprint: number): Surface {
  if (box.kind === 'car') return carSurface(box);
  const facade = FACADES[box.kind];
  if (facade === undefined) return {color: {r: 0.42, g: 0.42, b: 0.42}, ...MATT};
  const wall = facade.wall[box.seed % facade.wall.length] ?? WINDOW;
  const [column, floor] = [Math.floor(along / facade.pitch), Math.floor(up / facade.floor)];
  const isShop = up < 4.2 && box.y0 === 0;
  const wide = isShop ? 0.86 : facade.wide;
  const tall = isShop ? 0.7 : facade.tall;
  const inside =
    within(along / facade.pitch - column, wide) &&
    within(up / facade.floor - floor, tall) &&
    up < box.y1 - 0.9;
  const average = wide * tall;
  const fade = Math.min(1, Math.max(0, (footprint / facade.floor - 0.12) / 0.35));
  const share = mix(inside ? 1 : 0, average, fade);
  const isLit = hash3(column + box.seed, floor, 5) < (isShop ? 0.5 : 0.05);
  return {
    color: {
      r: mix(wall.r, WINDOW.r, share),
      g: mix(wall.g, WINDOW.g, share),
      b: mix(wall.b, WINDOW.b, share),
    },
    gloss: share,
    glow: isLit && inside ? 0.75 * (1 - fade) : 0,
  };
}

function within(position: number, share: number): boolean {
  return Math.abs(position - 0.5) < share / 2;
}

function carSurface(box: Box): Surface {
  const isCabin = box.y0 > 0.5;
  return isCabin
    ? {color: WINDOW, gloss: 0.8, glow: 0}
    : {color: PAINT[box.seed % PAINT.length] ?? WINDOW, gloss: 0.25, glow: 0};
}

/** A flat roof: gravel with a lighter parapet around it. */
export function roofSurface(box: Box, x: number, z: number): Surface {
  if (box.kind === 'car') return carSurface(box);
  const edge = Math.min(x - box.x0, box.x1 - x, z - box.z0, box.z1 - z);
  if (edge < 0.7) return {color: {r: 0.52, g: 0.5, b: 0.47}, ...MATT};
  const tone = 0.2 + 0.16 * hash3(box.seed, 3, 9) + 0.03 * hash3(Math.floor(x * 2), Math.floor(z * 2), 4);
  return {color: {r: tone * 1.05, g: tone, b: tone * 0.95}, ...MATT};
}

/** The ground at a place, and what it is. */
export function groundSurface(x: number, z: number, footprint: number): Surface & {kind: ClassName} {
  const [offX, offZ] = [offRoad(x), offRoad(z)];
  const nearest = Math.min(offX, offZ);
  if (nearest < ROAD) return {...roadSurface(x, z, footprint), kind: 'road'};
  const grain = 0.03 * hash3(Math.floor(x), Math.floor(z), 6);
  if (nearest < PAVEMENT) {
    const kerb = nearest < ROAD + 0.35 ? 0.12 : 0;
    const tone = 0.38 + kerb + grain;
    return {color: {r: tone, g: tone * 0.97, b: tone * 0.92}, ...MATT, kind: 'pavement'};
  }
  const green = 0.17 + 2 * grain;
  return {color: {r: green * 0.62, g: green, b: green * 0.36}, ...MATT, kind: 'grass'};
}

/** Distance to the middle of the nearest road. */
function offRoad(position: number): number {
  return Math.abs(position - Math.round(position / BLOCK) * BLOCK);
}

function roadSurface(x: number, z: number, footprint: number): Surface {
  const [offX, offZ] = [offRoad(x), offRoad(z)];
  const tone = 0.085 + 0.015 * hash3(Math.floor(x * 2), Math.floor(z * 2), 8);
  const isCrossing = offX < PAVEMENT && offZ < PAVEMENT;
  const paint = isCrossing
    ? zebra(x, z, offX, offZ)
    : laneMarks(offX < ROAD ? offX : offZ, offX < ROAD ? z : x);
  const strength = 0.75 * Math.min(1, 0.25 / Math.max(footprint, 0.05)) * paint;
  return {
    color: {r: mix(tone, 0.72, strength), g: mix(tone, 0.7, strength), b: mix(tone * 1.05, 0.62, strength)},
    ...MATT,
  };
}

function laneMarks(off: number, along: number): number {
  if (off > 0.12 && off < 0.32) return 1;
  const isDash = ((along % 6) + 6) % 6 < 2.6;
  return isDash && Math.abs(off - 3.15) < 0.11 ? 1 : 0;
}

function zebra(x: number, z: number, offX: number, offZ: number): number {
  const isAcrossX = offZ > ROAD + 0.4 && offX < ROAD - 0.4;
  const isAcrossZ = offX > ROAD + 0.4 && offZ < ROAD - 0.4;
  if (!isAcrossX && !isAcrossZ) return 0;
  const along = isAcrossX ? x : z;
  return ((along % 1.1) + 1.1) % 1.1 < 0.55 ? 1 : 0;
}
