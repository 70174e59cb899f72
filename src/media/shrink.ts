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
  const columns = sharesOf(width, size.width);
  const rows = sharesOf(height, size.height);
  const narrow = new Float32Array(size.width * height);
  for (let row = 0; row < height; row += 1)
    for (const [column, {first, shares}] of columns.entries()) {
      let sum = 0;
      for (const [step, share] of shares.entries()) sum += share * (from[row * width + first + step] ?? 0);
      narrow[row * size.width + column] = sum;
    }
  for (const [row, {first, shares}] of rows.entries())
    for (let column = 0; column < size.width; column += 1) {
      let sum = 0;
      for (const [step, share] of shares.entries())
        sum += share * (narrow[(first + step) * size.width + column] ?? 0);
      to[row * size.width + column] = sum + 0.5;
    }
}

interface Shares {
  first: number;
  /** Of the pixels from the first on; together 1. */
  shares: number[];
}

/** What of a line of `count` pixels lies under each of `wanted`. */
function sharesOf(count: number, wanted: number): Shares[] {
  const length = count / wanted;
  return Array.from({length: wanted}, (_, place) => {
    const [start, end] = [place * length, Math.min(count, (place + 1) * length)];
    const first = Math.floor(start);
    const last = Math.min(count, Math.ceil(end - 1e-9));
    const shares = Array.from({length: last - first}, (_unused, step) => {
      const pixel = first + step;
      return (Math.min(end, pixel + 1) - Math.max(start, pixel)) / (end - start);
    });
    return {first, shares};
  });
}
