/** Cars of the sample scene: they keep to their lanes at a steady speed, so the scene moves by itself too. */
import {addBox, BLOCK} from './city.ts';
import type {Box, City} from './city.ts';
import {hash3} from './random.ts';

const LANES = [-4.6, -1.7, 1.7, 4.6];
const LENGTH = 4.4;
const WIDTH = 1.9;
const SPACING = 17;

/** Puts the cars of the instant `seconds` on the roads around the camera; they belong to this frame only. */
export function addTraffic(city: City, seconds: number): void {
  for (let road = -6; road <= 6; road += 1) {
    for (const [lane, offset] of LANES.entries()) {
      addLane(city, {road, lane, at: road * BLOCK + offset, seconds, isAlongZ: true});
      if (road >= 0)
        addLane(city, {road: road + 40, lane, at: road * BLOCK + offset, seconds, isAlongZ: false});
    }
  }
}

interface Lane {
  road: number;
  lane: number;
  /** Middle of the lane. */
  at: number;
  seconds: number;
  isAlongZ: boolean;
}

function addLane(city: City, {road, lane, at, seconds, isAlongZ}: Lane): void {
  // Crossing traffic waits, so that nothing drives through anything.
  const speed = isAlongZ ? (lane < 2 ? -9 : 9) + 2 * hash3(road, lane, 1) : 0;
  for (let index = -8; index < 36; index += 1) {
    const dice = hash3(road, lane * 1000 + index, 2);
    if (dice < 0.45) continue;
    const along = index * SPACING + 8 * hash3(road, index, lane + 3) + speed * seconds;
    if (!isAlongZ && Math.abs(along - Math.round(along / BLOCK) * BLOCK) < 13) continue;
    const seed = Math.floor(dice * 1e6);
    addBox(city, carBox(at, along, {isAlongZ, seed, low: 0.25, high: 0.95, shrink: 0}));
    addBox(city, carBox(at, along, {isAlongZ, seed, low: 0.95, high: 1.5, shrink: 0.9}));
  }
}

interface CarPart {
  isAlongZ: boolean;
  seed: number;
  low: number;
  high: number;
  /** How much shorter than the car this part is, at each end, in metres. */
  shrink: number;
}

function carBox(at: number, along: number, {isAlongZ, seed, low, high, shrink}: CarPart): Box {
  const across = [at - WIDTH / 2 + shrink * 0.15, at + WIDTH / 2 - shrink * 0.15] as const;
  const lengthways = [along + shrink, along + LENGTH - shrink] as const;
  const [x0, x1] = isAlongZ ? across : lengthways;
  const [z0, z1] = isAlongZ ? lengthways : across;
  return {x0, x1, z0, z1, y0: low, y1: high, kind: 'car', seed};
}
