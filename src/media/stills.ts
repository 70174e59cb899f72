/** Single frames of a video, for whoever looks at pictures and not at videos. */
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {VideoWriter} from './encode.ts';
import type {Frame} from './frame.ts';
import {decodeFrames} from './frames.ts';
import {encodePng} from './png.ts';
import {probeVideo, readTraits} from './probe.ts';
import {COLOR_SPACE, toRgb} from './rgb.ts';
import {fitWithin, shrinkFrame} from './shrink.ts';

export interface StillOptions {
  /** How many at most. */
  count: number;
  /** The longer side at most, in pixels. */
  longest: number;
}

export interface Still {
  /** Which frame of the video it is, from 0. */
  index: number;
  /** A PNG file of 8-bit RGB. */
  png: Uint8Array;
}

/** The first, the last, and others evenly between; each once. */
export function spread(frames: number, count: number): number[] {
  const most = Math.min(frames, count);
  if (most === 1) return [0];
  return Array.from({length: most}, (_, place) => Math.round((place * (frames - 1)) / (most - 1)));
}

/** @throws CosmosError file.unreadable, media.unreadable, media.unavailable */
export async function takeStills(path: string, options: StillOptions): Promise<Still[]> {
  const {colorSpace} = await readTraits(path);
  const stills: Still[] = [];
  for await (const frame of chosenFrames(path, options))
    stills.push({index: frame.index, png: await encodePng(toRgb(frame, colorSpace))});
  return stills;
}

/** The first and the last frame as a video of one second; of a single frame that one. Throws like `takeStills`. */
export async function takeEnds(path: string, longest: number): Promise<{indexes: number[]; mp4: Uint8Array}> {
  const {colorSpace = COLOR_SPACE} = await readTraits(path);
  const folder = await mkdtemp(join(tmpdir(), 'cosmos-frames-'));
  const file = join(folder, 'frames.mp4');
  let writer: VideoWriter | undefined;
  try {
    const indexes: number[] = [];
    for await (const frame of chosenFrames(path, {count: 2, longest})) {
      const {width, height} = frame;
      writer ??= await VideoWriter.open(file, {width, height, fps: 2, timescale: 2000, colorSpace});
      await writer.write({...frame, timestampUs: indexes.length * HALF_SECOND, durationUs: HALF_SECOND});
      indexes.push(frame.index);
    }
    await writer?.finish();
    return {indexes, mp4: await readFile(file)};
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

const HALF_SECOND = 500_000;

/** Those that are asked for, already small. */
export async function* chosenFrames(
  path: string,
  {count, longest}: StillOptions,
): AsyncGenerator<Frame, void> {
  const {frames, width, height} = await probeVideo(path);
  const only = new Set(spread(frames, count));
  const size = fitWithin({width, height}, longest);
  for await (const frame of decodeFrames(path, {only})) yield shrinkFrame(frame, size);
}
