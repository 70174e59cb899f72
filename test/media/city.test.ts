import assert from 'node:assert/strict';
import {stat} from 'node:fs/promises';
import {join} from 'node:path';
import {readFrameNumber} from '../../examples/scene/frame-number.ts';
import {decodeFrames} from '../../src/media/frames.ts';
import {probeVideo} from '../../src/media/probe.ts';
import {CITY} from './clips.ts';

const PASSES = ['color.mp4', 'depth.mp4', 'segmentation.mp4'];

describe('the sample scene', () => {
  it('shows its frame numbers in order', async () => {
    const numbers: number[] = [];
    for await (const frame of decodeFrames(join(CITY, 'color.mp4'))) {
      assert.equal(frame.index, numbers.length);
      numbers.push(readFrameNumber(frame));
    }
    assert.deepEqual(
      numbers,
      Array.from({length: 48}, (_, index) => index),
    );
  });

  it('has three passes of one shape', async () => {
    const shapes = [];
    for (const pass of PASSES) {
      const {width, height, frames, fps, durationSeconds} = await probeVideo(join(CITY, pass));
      shapes.push({width, height, frames, fps, durationSeconds});
    }
    const shape = {width: 1280, height: 704, frames: 48, fps: 24, durationSeconds: 2};
    assert.deepEqual(shapes, [shape, shape, shape]);
  });

  it('stays under 4 MB', async () => {
    const sizes = await Promise.all(PASSES.map(async (pass) => (await stat(join(CITY, pass))).size));
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 4_000_000, String(sizes));
  });
});
