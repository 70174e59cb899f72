/** PNG pictures of 8 or 16 bits without interlacing, to luma. */
import {inflateSync} from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Samples of a pixel by colour type: grey, RGB, palette, grey with alpha, RGBA. */
const SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4};

export const isPng = (bytes) => bytes.subarray(0, 8).equals(SIGNATURE);

/** @returns {{width: number, height: number, luma: Uint8Array}} */
export function decodePng(bytes) {
  const parts = [];
  let header;
  let palette;
  for (let at = 8; at + 8 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const data = bytes.subarray(at + 8, at + 8 + length);
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'IHDR') header = data;
    if (type === 'PLTE') palette = data;
    if (type === 'IDAT') parts.push(data);
    if (type === 'IEND') break;
    at += 12 + length;
  }
  if (header === undefined || parts.length === 0) throw new Error('cannot identify image file');
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [depth, kind, , , interlace] = header.subarray(8);
  if ((depth !== 8 && depth !== 16) || interlace !== 0)
    throw new Error('only PNG of 8 or 16 bits, not interlaced');
  const step = (SAMPLES[kind] * depth) / 8;
  const rows = unfilter(inflateSync(Buffer.concat(parts)), {width, height, step});
  const luma = new Uint8Array(width * height);
  for (let pixel = 0; pixel < luma.length; pixel += 1) {
    const at = pixel * step;
    const byte = (sample) => rows[at + (sample * depth) / 8];
    const [red, green, blue] =
      kind === 3
        ? palette.subarray(3 * rows[at])
        : kind === 2 || kind === 6
          ? [byte(0), byte(1), byte(2)]
          : Array(3).fill(byte(0));
    luma[pixel] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
  }
  return {width, height, luma};
}

function unfilter(data, {width, height, step}) {
  const stride = width * step;
  if (data.length < height * (stride + 1)) throw new Error('image file is truncated');
  const rows = new Uint8Array(height * stride);
  for (let row = 0; row < height; row += 1) {
    const filter = data[row * (stride + 1)];
    for (let column = 0; column < stride; column += 1) {
      const at = row * stride + column;
      const left = column >= step ? rows[at - step] : 0;
      const up = row > 0 ? rows[at - stride] : 0;
      const corner = row > 0 && column >= step ? rows[at - stride - step] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      rows[at] = data[row * (stride + 1) + 1 + column] + guess;
    }
  }
  return rows;
}

function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [left, up, corner].map((value) => Math.abs(guess - value));
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
