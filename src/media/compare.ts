/**
 * How alike two videos are, by their luma: PSNR over all frames, and SSIM (Wang, Bovik, Sheikh, Simoncelli 2004) in windows of 8 x 8 pixels, four
 * apart, as x264 and the filter "ssim" of FFmpeg measure it, so that the numbers can be compared with theirs.
 */
import {decodeFrames} from './frames.ts';
import {PicturePool} from './picture-pool.ts';
import {pictureOf, type Frame} from './frame.ts';

export interface Likeness {
  frames: number;
  /** Whether every sample of every picture is the same, the colours too. */
  isSame: boolean;
  /** dB; null where the luma is the same. */
  psnr: number | null;
  /** The mean of all windows; 1 for the same. */
  ssim: number;
}

type Plane = Pick<Frame, 'y' | 'width' | 'height'>;

const PEAK = 255;
/** Samples of a window. */
const WINDOW = 64;
/** (0.01 and 0.03 of the peak) squared, for sums over a window; the second for a variance without bias. */
const C1 = Math.round((0.01 * PEAK) ** 2 * WINDOW);
const C2 = Math.round((0.03 * PEAK) ** 2 * WINDOW * (WINDOW - 1));

/** Of two videos of the same size and number of frames; frames beyond the shorter one are not looked at. @throws CosmosError media.unreadable, media.unavailable */
export async function compareVideos(first: string, second: string): Promise<Likeness> {
  const pool = new PicturePool();
  const [a, b] = [decodeFrames(first, {pool}), decodeFrames(second, {pool})];
  let [frames, error, samples, ssim, isSame] = [0, 0, 0, 0, true];
  try {
    for (;;) {
      const [left, right] = await Promise.all([a.next(), b.next()]);
      if (left.done === true || right.done === true) break;
      const pictures = [pictureOf(left.value), pictureOf(right.value)] as const;
      frames += 1;
      samples += left.value.y.length;
      isSame &&= Buffer.compare(...pictures) === 0;
      error += squaredError(left.value, right.value);
      ssim += ssimOf(left.value, right.value);
      for (const picture of pictures) pool.give(picture);
    }
  } finally {
    await Promise.all([a.return(), b.return()]);
  }
  const mse = error / samples;
  return {frames, isSame, psnr: error === 0 ? null : 10 * Math.log10(PEAK ** 2 / mse), ssim: ssim / frames};
}

export function squaredError({y: a}: Plane, {y: b}: Plane): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += ((a[at] ?? 0) - (b[at] ?? 0)) ** 2;
  return sum;
}

/** Of two planes of the same size, which is at least 8 x 8. */
export function ssimOf(a: Plane, b: Plane): number {
  const [columns, rows] = [a.width >> 2, a.height >> 2];
  let above = blocksOf(a, b, 0);
  let [sum, windows] = [0, 0];
  for (let row = 1; row < rows; row += 1) {
    const below = blocksOf(a, b, row);
    for (let column = 0; column + 1 < columns; column += 1) {
      sum += ofWindow(above, below, 4 * column);
      windows += 1;
    }
    above = below;
  }
  return sum / windows;
}

/** Of each 4 x 4 block of a row: the sums of a, of b, of their squares, and of their products. */
function blocksOf({y: a, width}: Plane, {y: b}: Plane, row: number): Float64Array {
  const columns = width >> 2;
  const sums = new Float64Array(4 * columns);
  for (let line = 4 * row; line < 4 * row + 4; line += 1)
    for (let x = 0; x < 4 * columns; x += 1) {
      const at = line * width + x;
      const [left, right] = [a[at] ?? 0, b[at] ?? 0];
      const block = 4 * (x >> 2);
      sums[block] = (sums[block] ?? 0) + left;
      sums[block + 1] = (sums[block + 1] ?? 0) + right;
      sums[block + 2] = (sums[block + 2] ?? 0) + left * left + right * right;
      sums[block + 3] = (sums[block + 3] ?? 0) + left * right;
    }
  return sums;
}

/** Two blocks of each of two rows. */
function ofWindow(above: Float64Array, below: Float64Array, at: number): number {
  const total = (member: number): number =>
    (above[at + member] ?? 0) +
    (above[at + 4 + member] ?? 0) +
    (below[at + member] ?? 0) +
    (below[at + 4 + member] ?? 0);
  const [a, b, squares, products] = [total(0), total(1), total(2), total(3)];
  const variances = WINDOW * squares - a * a - b * b;
  const covariance = WINDOW * products - a * b;
  return ((2 * a * b + C1) * (2 * covariance + C2)) / ((a * a + b * b + C1) * (variances + C2));
}
