/** From 8-bit RGB to the planar 4:2:0 that is encoded: ITU-R BT.709, limited range, chroma averaged over 2 x 2 pixels. */
import {makeFrame} from '../../src/media/frame.ts';
import type {Frame, FrameShape} from '../../src/media/frame.ts';
import type {RgbPicture} from './frame-number.ts';

/** Written into the files, so that players show the same colours. */
export const COLOR_SPACE = {
  primaries: 'bt709',
  transfer: 'bt709',
  matrix: 'bt709',
  fullRange: false,
} as const;

/** Converts a picture; `shape` gives index and time, and the picture's size. */
export function toFrame({width, height, pixels}: RgbPicture, shape: FrameShape): Frame {
  const frame = makeFrame(shape);
  const half = width >> 1;
  for (let row = 0; row < height; row += 2) {
    for (let column = 0; column < width; column += 2) {
      const sum = [0, 0, 0];
      for (const at of [
        row * width + column,
        row * width + column + 1,
        (row + 1) * width + column,
        (row + 1) * width + column + 1,
      ]) {
        const [r, g, b] = [pixels[at * 3] ?? 0, pixels[at * 3 + 1] ?? 0, pixels[at * 3 + 2] ?? 0];
        frame.y[at] = 16.5 + 0.18259 * r + 0.61423 * g + 0.06201 * b;
        sum[0] = (sum[0] ?? 0) + r / 4;
        sum[1] = (sum[1] ?? 0) + g / 4;
        sum[2] = (sum[2] ?? 0) + b / 4;
      }
      const [r = 0, g = 0, b = 0] = sum;
      const at = (row >> 1) * half + (column >> 1);
      frame.u[at] = 128.5 - 0.10064 * r - 0.33857 * g + 0.43922 * b;
      frame.v[at] = 128.5 + 0.43922 * r - 0.39894 * g - 0.04027 * b;
    }
  }
  return frame;
}
