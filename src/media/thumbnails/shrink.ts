/** Smaller pictures: each pixel is the mean of the pixels that it stands for. */
import {makeFrame, type Frame} from '../frame.ts';

export interface Size {
  width: number;
  height: number;
}

/** The largest even size of the same shape within a box; never larger than the picture itself. */
export function fitInto(picture: Size, box: Size): Size {
  const scale = Math.min(1, box.width / picture.width, box.height / picture.height);
  return {width: even(picture.width * scale), height: even(picture.height * scale)};
}

function even(length: number): number {
  return Math.max(2, 2 * Math.round(length / 2));
}

export function shrink(frame: Frame, size: Size): Frame {
  const small = makeFrame({...frame, ...size});
  shrinkPlane({pixels: frame.y, ...frame}, {pixels: small.y, ...size});
  const [from, to] = [halfOf(frame), halfOf(size)];
  shrinkPlane({pixels: frame.u, ...from}, {pixels: small.u, ...to});
  shrinkPlane({pixels: frame.v, ...from}, {pixels: small.v, ...to});
  return small;
}

function halfOf({width, height}: Size): Size {
  return {width: (width + 1) >> 1, height: (height + 1) >> 1};
}

interface Plane extends Size {
  pixels: Uint8Array;
}

function shrinkPlane(from: Plane, to: Plane): void {
  const columns = edgesOf(from.width, to.width);
  const rows = edgesOf(from.height, to.height);
  for (let row = 0; row < to.height; row += 1)
    for (let column = 0; column < to.width; column += 1) {
      const [left = 0, right = 0] = columns[column] ?? [];
      const [top = 0, bottom = 0] = rows[row] ?? [];
      let sum = 0;
      for (let y = top; y < bottom; y += 1)
        for (let x = left; x < right; x += 1) sum += from.pixels[y * from.width + x] ?? 0;
      to.pixels[row * to.width + column] = Math.round(sum / ((bottom - top) * (right - left)));
    }
}

/** Of each of `to` pixels in a line the first of `from` pixels that it stands for, and the one after the last. */
function edgesOf(from: number, to: number): [number, number][] {
  return Array.from({length: to}, (_, index) => {
    const start = Math.floor((index * from) / to);
    return [start, Math.max(start + 1, Math.floor(((index + 1) * from) / to))];
  });
}
