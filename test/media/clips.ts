/** Small clips for tests: moving gradients, so that every frame differs, with a known luma in the middle. */
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {makeFrame} from '../../src/media/frame.ts';
import type {Frame} from '../../src/media/frame.ts';
import {VideoWriter} from '../../src/media/encode.ts';
import type {VideoSettings} from '../../src/media/settings.ts';
import {temporaryFolder} from '../support/temporary.ts';

export const CITY = fileURLToPath(new URL('../../examples/scenes/city/', import.meta.url));

export interface ClipShape {
  width: number;
  height: number;
  frames: number;
  fps: number;
  timescale: number;
}

export const SMALL: ClipShape = {width: 96, height: 64, frames: 12, fps: 24, timescale: 24_000};

/** Frame `index` of a clip: a diagonal ramp that moves 3 pixels a frame, with a grey flat square in the middle. */
export function drawFrame(shape: ClipShape, index: number, flat = 120): Frame {
  const startUs = Math.round((index * 1e6) / shape.fps);
  const durationUs = Math.round(((index + 1) * 1e6) / shape.fps) - startUs;
  const frame = makeFrame({
    width: shape.width,
    height: shape.height,
    index,
    timestampUs: startUs,
    durationUs,
  });
  for (let row = 0; row < shape.height; row += 1) {
    for (let column = 0; column < shape.width; column += 1) {
      const isMiddle = Math.abs(row - shape.height / 2) < 16 && Math.abs(column - shape.width / 2) < 16;
      frame.y[row * shape.width + column] = isMiddle ? flat : 40 + ((row + column + 3 * index) % 120);
    }
  }
  return frame;
}

/** Writes a clip of `shape` to `path`. */
export async function writeClip(path: string, shape: ClipShape = SMALL, flat = 120): Promise<void> {
  const settings: VideoSettings = {
    width: shape.width,
    height: shape.height,
    fps: shape.fps,
    timescale: shape.timescale,
  };
  const writer = await VideoWriter.open(path, settings);
  for (let index = 0; index < shape.frames; index += 1) await writer.write(drawFrame(shape, index, flat));
  await writer.finish();
}

/** Luma in the middle of a frame, averaged over 8 x 8 pixels. */
export function middleLuma(frame: Frame): number {
  let sum = 0;
  for (let row = -4; row < 4; row += 1) {
    for (let column = -4; column < 4; column += 1) {
      sum += frame.y[(frame.height / 2 + row) * frame.width + frame.width / 2 + column] ?? 0;
    }
  }
  return sum / 64;
}

/** A new folder with a small clip for each pass, color first; the same clip in each. @returns its path */
export async function makeScene(
  passes: readonly string[] = ['color'],
  shape: ClipShape = SMALL,
): Promise<string> {
  const folder = await temporaryFolder('scene');
  for (const pass of passes) await writeClip(join(folder, `${pass}.mp4`), shape);
  return folder;
}
