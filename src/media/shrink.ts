/** Pictures made smaller: each new pixel is the mean of the area that it stands for, so that thin lines stay visible. */
import {makeFrame, type Frame} from './frame.ts';

export interface Size {
  width: number;
  height: number;
}

/**
 * The largest size of the same shape that fits into a box, or has no side longer than a number of pixels. In even numbers; never
 * larger than it was.
 */
export function fitWithin({width, height}: Size, box: Size | number): Size {
  const most = typeof box === 'number' ? {width: box, height: box} : box;
  const scale = Math.min(1, most.width / width, most.height / height);
  const even = (pixels: number): number =>
    Math.max(2, Math.min(2 * Math.round((pixels * scale) / 2), pixels - (pixels % 2)));
  return {width: even(width), height: even(height)};
}

/** A frame of another size, of the same moment. The size must be even. */
export function shrinkFrame(frame: Frame, size: Size): Frame {
  if (size.width === frame.width && size.height === frame.height) return frame;
  const {index, timestampUs, durationUs} = frame;
  const small = makeFrame({index, timestampUs, durationUs, ...size});
  const chroma = halved(frame);
  const smallChroma = halved(size);
  shrinkPlane(frame.y, frame, {to: small.y, size});
  shrinkPlane(frame.u, chroma, {to: small.u, size: smallChroma});
  shrinkPlane(frame.v, chroma, {to: small.v, size: smallChroma});
  return small;
}

function halved({width, height}: Size): Size {
  return {width: (width + 1) >> 1, height: (height + 1) >> 1};
}

/** First along the rows, then along the columns. */
function shrinkPlane(
  from: Uint8Array,
  {width, height}: Size,
  {to, size}: {to: Uint8Array; size: Size},
): void {
  const across = sharesOf(width, size.width);
  const narrow = new Float32Array(size.width * height);
  for (let row = 0; row < height; row += 1)
    for (let column = 0; column < size.width; column += 1) {
      const start = row * width + (across.firsts[column] ?? 0);
      let sum = 0;
      for (let tap = 0; tap < across.taps; tap += 1)
        sum += (across.shares[column * across.taps + tap] ?? 0) * (from[start + tap] ?? 0);
      narrow[row * size.width + column] = sum;
    }
  const down = sharesOf(height, size.height);
  for (let row = 0; row < size.height; row += 1)
    for (let column = 0; column < size.width; column += 1) {
      const start = (down.firsts[row] ?? 0) * size.width + column;
      let sum = 0;
      for (let tap = 0; tap < down.taps; tap += 1)
        sum += (down.shares[row * down.taps + tap] ?? 0) * (narrow[start + tap * size.width] ?? 0);
      to[row * size.width + column] = sum + 0.5;
    }
}

/** What of a line of pixels lies under each of fewer pixels, in flat arrays: they are read for every pixel of a picture. */
interface Shares {
  /** Of each the first pixel. */
  firsts: Uint32Array;
  /** How many pixels at most. */
  taps: number;
  /** `taps` numbers for each, together 1; 0 for those that do not count. */
  shares: Float32Array;
}

function sharesOf(count: number, wanted: number): Shares {
  const length = count / wanted;
  const taps = Math.min(count, Math.ceil(length) + 1);
  const firsts = new Uint32Array(wanted);
  const shares = new Float32Array(wanted * taps);
  for (let place = 0; place < wanted; place += 1) {
    const [start, end] = [place * length, Math.min(count, (place + 1) * length)];
    // Nothing is read behind the last pixel: an array that is asked for more becomes slow.
    const first = Math.min(Math.floor(start), count - taps);
    firsts[place] = first;
    for (let tap = 0; tap < taps; tap += 1) {
      const covered = Math.min(end, first + tap + 1) - Math.max(start, first + tap);
      shares[place * taps + tap] = Math.max(0, covered) / (end - start);
    }
  }
  return {firsts, taps, shares};
}
