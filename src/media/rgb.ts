/** From 8-bit RGB to the planar 4:2:0 that is encoded: ITU-R BT.709, limited range, chroma averaged over 2 x 2 pixels. */
import {makeFrame, type Frame, type FrameShape} from './frame.ts';

/** One picture; `pixels` holds red, green and blue of each, row by row. */
export interface RgbPicture {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** Written into the files, so that players show the same colours. */
export const COLOR_SPACE = {
  primaries: 'bt709',
  transfer: 'bt709',
  matrix: 'bt709',
  fullRange: false,
} as const;

/** Converts a picture of even size; `shape` gives index and time, and the picture's size. */
export function toFrame({width, height, pixels}: RgbPicture, shape: FrameShape): Frame {
  const frame = makeFrame(shape);
  const half = width >> 1;
  for (let row = 0; row < height; row += 2)
    for (let column = 0; column < width; column += 2) {
      const first = row * width + column;
      const at = (row >> 1) * half + (column >> 1);
      let [red, green, blue] = [0, 0, 0];
      for (let corner = 0; corner < 4; corner += 1) {
        const place = first + (corner & 1) + (corner >> 1) * width;
        const r = pixels[place * 3] ?? 0;
        const g = pixels[place * 3 + 1] ?? 0;
        const b = pixels[place * 3 + 2] ?? 0;
        frame.y[place] = 16.5 + 0.18259 * r + 0.61423 * g + 0.06201 * b;
        red += r / 4;
        green += g / 4;
        blue += b / 4;
      }
      frame.u[at] = 128.5 - 0.10064 * red - 0.33857 * green + 0.43922 * blue;
      frame.v[at] = 128.5 + 0.43922 * red - 0.39894 * green - 0.04027 * blue;
    }
  return frame;
}
