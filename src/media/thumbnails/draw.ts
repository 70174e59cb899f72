/**
 * What stands for a video: a poster, and a strip of frames from its beginning to its end. Both follow from the bytes of the
 * video alone. Native codecs run in here; `drawApart` does it in another process.
 */
import {decodeFrames} from '../frames.ts';
import {makeFrame, pictureOf, type Frame} from '../frame.ts';
import {PicturePool} from '../picture-pool.ts';
import {probeVideo, readTraits} from '../probe.ts';
import {toSdColors} from './colors.ts';
import {fitInto, shrink, type Size} from './shrink.ts';
import {encodeWebp} from './webp.ts';

export interface DrawnPictures {
  poster: Uint8Array;
  strip: Uint8Array;
}

/** Half of 1280x720, and the same for videos that stand upright. */
const POSTER: Size = {width: 640, height: 640};
/** Of one frame in the strip: all of them fit on a line of a screen. */
const TILE: Size = {width: 320, height: 90};
const TILES = 8;

/** Frames are found by decoding from the start, so of a very long video the first minutes are shown. */
const MOST_FRAMES = 3000;

/** @throws CosmosError file.unreadable, media.unreadable, media.unavailable */
export async function drawPictures(path: string): Promise<DrawnPictures> {
  const {frames} = await probeVideo(path);
  const {poster, tiles} = await pickFrames(path, placesOf(Math.min(frames, MOST_FRAMES)));
  const strip = joinTiles(tiles);
  const {colorSpace} = await readTraits(path);
  // A video that says nothing of its colours is shown as HD by browsers.
  if ((colorSpace?.matrix ?? 'bt709') === 'bt709') [poster, strip].forEach(toSdColors);
  return {poster: await encodeWebp(poster), strip: await encodeWebp(strip)};
}

/** Numbers of the frames in the middle of equal parts; one for each frame of a video that has fewer. */
export function placesOf(frames: number): number[] {
  const parts = Math.min(TILES, frames);
  return Array.from({length: parts}, (_, part) => Math.floor(((part + 0.5) * frames) / parts));
}

async function pickFrames(
  path: string,
  places: readonly number[],
): Promise<{poster: Frame; tiles: [Frame, ...Frame[]]}> {
  const pool = new PicturePool();
  const tiles: Frame[] = [];
  let poster: Frame | undefined;
  // The first frame is often black.
  const middle = places[places.length >> 1];
  for await (const frame of decodeFrames(path, {pool})) {
    if (places.includes(frame.index)) tiles.push(shrink(frame, fitInto(frame, TILE)));
    if (frame.index === middle) poster = shrink(frame, fitInto(frame, POSTER));
    pool.give(pictureOf(frame));
    if (frame.index === places.at(-1)) break;
  }
  const [first, ...more] = tiles;
  if (!first || !poster) throw new Error(`${path} was decoded without the frames that it lists`);
  return {poster, tiles: [first, ...more]};
}

/** Side by side, from left to right. */
function joinTiles(tiles: readonly [Frame, ...Frame[]]): Frame {
  const [first] = tiles;
  const strip = makeFrame({...first, width: first.width * tiles.length});
  const half = first.width >> 1;
  for (const [index, {y, u, v, width, height}] of tiles.entries()) {
    for (let row = 0; row < height; row += 1)
      strip.y.set(y.subarray(row * width, (row + 1) * width), row * strip.width + index * width);
    for (let row = 0; row < height >> 1; row += 1) {
      const to = row * (strip.width >> 1) + index * half;
      strip.u.set(u.subarray(row * half, (row + 1) * half), to);
      strip.v.set(v.subarray(row * half, (row + 1) * half), to);
    }
  }
  return strip;
}
