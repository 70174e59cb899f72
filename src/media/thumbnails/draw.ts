/**
 * What stands for a video: a poster, and a strip of frames from its beginning to its end. Both follow from the bytes of the
 * video alone. Native codecs run in here; `drawApart` does it in another process.
 */
import {makeFrame, type Frame} from '../frame.ts';
import {readTraits} from '../probe.ts';
import {fitWithin, shrinkFrame} from '../shrink.ts';
import {chosenFrames} from '../stills.ts';
import {toSdColors} from './colors.ts';
import {encodeWebp} from './webp.ts';

export interface DrawnPictures {
  poster: Uint8Array;
  strip: Uint8Array;
}

/** Of the poster in pixels: half of 1280x704, and the same for videos that stand upright. */
const LONGEST = 640;
const TILES = 8;
/** Of one frame in the strip: all of them fit on a line of a screen. */
const TILE = {width: 320, height: 90};

/** @throws CosmosError file.unreadable, media.unreadable, media.unavailable */
export async function drawPictures(path: string): Promise<DrawnPictures> {
  const frames: Frame[] = [];
  for await (const frame of chosenFrames(path, {count: TILES, longest: LONGEST})) frames.push(frame);
  const [first, ...more] = frames.map((frame) => shrinkFrame(frame, fitWithin(frame, TILE)));
  // The first frame of a video is often black.
  const middle = frames[frames.length >> 1];
  if (!first || !middle) throw new Error(`${path} was decoded without a frame`);
  const strip = joinTiles([first, ...more]);
  const {colorSpace} = await readTraits(path);
  // A video that says nothing of its colours is shown as HD by browsers.
  if ((colorSpace?.matrix ?? 'bt709') === 'bt709') for (const picture of [middle, strip]) toSdColors(picture);
  return {poster: await encodeWebp(middle), strip: await encodeWebp(strip)};
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
