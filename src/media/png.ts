/**
 * PNG files of any kind as 8-bit RGB: grey, palette, 16 bits and alpha (composed on black) alike. The head can be read alone, so
 * that a whole sequence is checked before its first picture is decoded.
 */
import {open, readFile} from 'node:fs/promises';
import {CosmosError, isErrno} from '../errors.ts';
import type {RgbPicture} from './rgb.ts';

export interface PngHead {
  width: number;
  height: number;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Signature, the length and name of the first chunk, and width and height in it. */
const HEAD_BYTES = 24;
const BYTE = 8;

/** @throws CosmosError file.unreadable, media.unreadable for what is no PNG */
export async function readPngHead(path: string): Promise<PngHead> {
  const head = Buffer.alloc(HEAD_BYTES);
  try {
    await using file = await open(path, 'r');
    const {bytesRead} = await file.read(head, 0, HEAD_BYTES, 0);
    if (bytesRead === 0) throw unreadable(path, 'is empty');
    if (bytesRead < HEAD_BYTES || !head.subarray(0, SIGNATURE.length).equals(SIGNATURE))
      throw unreadable(path, 'is not a PNG file');
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw new CosmosError('file.unreadable', `${path} cannot be read (${error.code ?? ''})`, {cause: error});
  }
  return {width: head.readUInt32BE(16), height: head.readUInt32BE(20)};
}

/** @throws CosmosError media.unreadable for one that is damaged */
export async function readPng(path: string): Promise<RgbPicture> {
  const {decode, convertIndexedToRgb} = await import('fast-png');
  const bytes = await readFile(path);
  try {
    const image = decode(bytes);
    const {width, height, depth} = image;
    const [, palette] = [image.data, image.palette];
    const channels = palette ? (palette[0]?.length ?? 3) : image.channels;
    const data = palette ? convertIndexedToRgb(image) : depth < BYTE ? unpackBits(image) : image.data;
    return {
      width,
      height,
      pixels: toRgb(data, {channels, depth: palette ? BYTE : Math.max(depth, BYTE), count: width * height}),
    };
  } catch (error) {
    throw unreadable(path, 'is damaged', error);
  }
}

/** As 8-bit RGB; the same bytes for the same picture. */
export async function encodePng({width, height, pixels}: RgbPicture): Promise<Uint8Array> {
  const {encode} = await import('fast-png');
  return encode({width, height, data: pixels, channels: 3, depth: BYTE});
}

/** Grey of 1, 2 or 4 bits, packed into bytes row by row, stretched to 8. */
function unpackBits({
  width,
  height,
  data,
  depth,
}: {
  width: number;
  height: number;
  data: ArrayLike<number>;
  depth: number;
}): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / BYTE);
  const most = (1 << depth) - 1;
  const grey = new Uint8Array(width * height);
  for (let row = 0; row < height; row += 1)
    for (let column = 0; column < width; column += 1) {
      const bit = column * depth;
      const byte = data[row * rowBytes + (bit >> 3)] ?? 0;
      const value = (byte >> (BYTE - depth - (bit & 7))) & most;
      grey[row * width + column] = Math.round((255 * value) / most);
    }
  return grey;
}

function toRgb(
  data: ArrayLike<number>,
  {channels, depth, count}: {channels: number; depth: number; count: number},
): Uint8Array {
  const shift = depth - BYTE;
  const isGrey = channels < 3;
  const hasAlpha = channels === 2 || channels === 4;
  const pixels = new Uint8Array(3 * count);
  for (let at = 0; at < count; at += 1) {
    const from = at * channels;
    const alpha = hasAlpha ? (data[from + channels - 1] ?? 0) / ((1 << depth) - 1) : 1;
    for (let colour = 0; colour < 3; colour += 1) {
      const value = (data[from + (isGrey ? 0 : colour)] ?? 0) >> shift;
      pixels[3 * at + colour] = alpha === 1 ? value : Math.round(value * alpha);
    }
  }
  return pixels;
}

function unreadable(path: string, why: string, cause?: unknown): CosmosError {
  return new CosmosError('media.unreadable', `${path} ${why}`, {
    hint: 'Render it again, or export it as PNG.',
    cause,
    facts: {path},
  });
}
