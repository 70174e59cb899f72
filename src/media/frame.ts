/**
 * A decoded picture: planar I420 (8 bit, 4:2:0), no row padding. Frames that are made here keep their three planes in one
 * buffer, so that they can be moved between threads and encoded without copying.
 */

/** One picture. `y` holds width x height bytes; `u` and `v` hold half of each, rounded up; rows are not padded. */
export interface Frame {
  /** From 0, in presentation order. */
  index: number;
  timestampUs: number;
  durationUs: number;
  width: number;
  height: number;
  y: Uint8Array<ArrayBuffer>;
  u: Uint8Array<ArrayBuffer>;
  v: Uint8Array<ArrayBuffer>;
}

/** Size and time of a frame, without its pixels. */
export type FrameShape = Pick<Frame, 'index' | 'timestampUs' | 'durationUs' | 'width' | 'height'>;

/** A black frame. */
export function makeFrame(shape: FrameShape): Frame {
  const luma = shape.width * shape.height;
  const pixels = new Uint8Array(luma + 2 * chromaBytes(shape));
  return wrapPicture(pixels.fill(16, 0, luma).fill(128, luma), shape);
}

/** The planes of a picture (luma, then both chroma planes, in one buffer) as a frame, without copying. */
export function wrapPicture(picture: Uint8Array<ArrayBuffer>, shape: FrameShape): Frame {
  const luma = shape.width * shape.height;
  const chroma = chromaBytes(shape);
  const [y, u] = [picture.subarray(0, luma), picture.subarray(luma, luma + chroma)];
  return {...shape, y, u, v: picture.subarray(luma + chroma, luma + 2 * chroma)};
}

/** The opposite of wrapPicture; copies only when the planes do not lie side by side. */
export function pictureOf({y, u, v}: Pick<Frame, 'y' | 'u' | 'v'>): Uint8Array<ArrayBuffer> {
  const size = y.length + u.length + v.length;
  const isPacked =
    u.buffer === y.buffer &&
    v.buffer === y.buffer &&
    u.byteOffset === y.byteOffset + y.length &&
    v.byteOffset === u.byteOffset + u.length;
  if (isPacked) return new Uint8Array(y.buffer, y.byteOffset, size);
  const packed = new Uint8Array(size);
  packed.set(y);
  packed.set(u, y.length);
  packed.set(v, y.length + u.length);
  return packed;
}

function chromaBytes({width, height}: {width: number; height: number}): number {
  return ((width + 1) >> 1) * ((height + 1) >> 1);
}
