/** Renders the three aligned passes of one frame: colour (four rays a pixel), depth and segmentation (one of them). */
import {FIELD_OF_VIEW} from './camera.ts';
import type {Camera} from './camera.ts';
import type {City} from './city.ts';
import {CLASS_COLORS} from './classes.ts';
import type {RgbPicture} from '../../src/media/rgb.ts';
import {REACH, sampleRay} from './shade.ts';
import type {Sample} from './shade.ts';
import type {Ray} from './trace.ts';

export interface Passes {
  color: RgbPicture;
  depth: RgbPicture;
  segmentation: RgbPicture;
}

/** Where the four rays of a pixel go, from its middle: a rotated grid, so that no edge direction stays jagged. */
const OFFSETS = [
  [-0.125, -0.375],
  [0.375, -0.125],
  [0.125, 0.375],
  [-0.375, 0.125],
] as const;

/** Metres that are shown white and black in the depth pass; logarithmic between them, so that near and far both read. */
const NEAR = 36;
const FAR = 1000;

export function renderPasses(city: City, camera: Camera, size: {width: number; height: number}): Passes {
  const make = (): RgbPicture => ({...size, pixels: new Uint8Array(size.width * size.height * 3)});
  const passes = {color: make(), depth: make(), segmentation: make()};
  const unit = Math.tan(FIELD_OF_VIEW / 2) / (size.width / 2);
  for (let row = 0; row < size.height; row += 1) {
    for (let column = 0; column < size.width; column += 1) {
      const samples = OFFSETS.map(([dx, dy]) => {
        const across = (column + 0.5 + dx - size.width / 2) * unit;
        const down = (row + 0.5 + dy - size.height / 2) * unit;
        return sampleRay(city, aim(camera, across, -down), unit);
      });
      writePixel(passes, (row * size.width + column) * 3, samples);
    }
  }
  return passes;
}

function aim({x, y, z, right, up, forward}: Camera, across: number, above: number): Ray {
  const dx = forward[0] + right[0] * across + up[0] * above;
  const dy = forward[1] + right[1] * across + up[1] * above;
  const dz = forward[2] + right[2] * across + up[2] * above;
  const length = Math.hypot(dx, dy, dz);
  return {x, y, z, dx: dx / length, dy: dy / length, dz: dz / length};
}

function writePixel({color, depth, segmentation}: Passes, at: number, samples: Sample[]): void {
  for (const [channel, name] of (['r', 'g', 'b'] as const).entries()) {
    const sum = samples.reduce((total, sample) => total + toneMap(sample.color[name]), 0);
    color.pixels[at + channel] = 255 * (sum / samples.length) + 0.5;
  }
  const [first] = samples;
  if (first === undefined) return;
  depth.pixels.fill(depthTone(first.distance), at, at + 3);
  segmentation.pixels.set(CLASS_COLORS[first.kind], at);
}

/** Linear light to display: K. Narkowicz's fit of the ACES film curve, then the gamma of displays. */
function toneMap(value: number): number {
  const x = value * 0.62;
  const film = (x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14);
  return Math.min(1, Math.max(0, film)) ** (1 / 2.2);
}

function depthTone(metres: number): number {
  if (metres >= REACH) return 0;
  const share = Math.log(Math.min(Math.max(metres, NEAR), FAR) / NEAR) / Math.log(FAR / NEAR);
  return Math.round(255 * (1 - share));
}
