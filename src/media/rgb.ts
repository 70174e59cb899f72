/**
 * Between 8-bit RGB and the planar 4:2:0 that is encoded. What is written is ITU-R BT.709, limited range, chroma averaged over 2 x 2
 * pixels; what is read is whatever the file says of itself.
 */
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

/** Shares of red and blue in the luma (ITU-R BT.601 and BT.709). */
const SD = {red: 0.299, blue: 0.114};
const HD = {red: 0.2126, blue: 0.0722};

/** Without a word about its colours a picture is taken for BT.709 of limited range. */
export function toRgb(
  {width, height, y, u, v}: Frame,
  {matrix, fullRange}: VideoColorSpaceInit = {},
): RgbPicture {
  const {red, blue} = matrix === 'smpte170m' || matrix === 'bt470bg' ? SD : HD;
  const green = 1 - red - blue;
  const [black, lumaScale, chromaScale] = fullRange === true ? [0, 1, 2] : [16, 255 / 219, (255 * 2) / 224];
  const pixels = new Uint8ClampedArray(3 * width * height);
  const half = (width + 1) >> 1;
  for (let row = 0; row < height; row += 1)
    for (let column = 0; column < width; column += 1) {
      const chroma = (row >> 1) * half + (column >> 1);
      const luma = lumaScale * ((y[row * width + column] ?? 0) - black);
      const toRed = chromaScale * (1 - red) * ((v[chroma] ?? 0) - 128);
      const toBlue = chromaScale * (1 - blue) * ((u[chroma] ?? 0) - 128);
      const at = 3 * (row * width + column);
      pixels[at] = luma + toRed;
      pixels[at + 1] = luma - (red * toRed + blue * toBlue) / green;
      pixels[at + 2] = luma + toBlue;
    }
  return {width, height, pixels: new Uint8Array(pixels.buffer)};
}
