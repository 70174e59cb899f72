import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {copyVideo} from '../../src/media/copy.ts';
import {VideoWriter} from '../../src/media/encode.ts';
import {decodeFrames} from '../../src/media/frames.ts';
import type {Frame} from '../../src/media/frame.ts';
import {probeVideo} from '../../src/media/probe.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {drawFrame, middleLuma, SMALL, writeClip} from './clips.ts';

describe('VideoWriter', () => {
  it('keeps count, times and pictures', async () => {
    const path = join(await temporaryFolder('media'), 'clip.mp4');
    const shape = {...SMALL, fps: 30_000 / 1001, timescale: 30_000, frames: 40};
    await writeClip(path, shape);
    const frames = await collect(path);
    const expected = Array.from({length: 40}, (_, index) => timesOf(drawFrame(shape, index)));
    assert.deepEqual(frames.map(timesOf), expected);
    for (const frame of frames) assert.ok(Math.abs(middleLuma(frame) - 120) < 3, String(middleLuma(frame)));
  });

  it('keeps uneven frame times', async () => {
    const path = join(await temporaryFolder('media'), 'uneven.mp4');
    const writer = await VideoWriter.open(path, {...SMALL, timescale: 1000});
    const lengths = [40_000, 80_000, 40_000, 120_000];
    let timestampUs = 0;
    for (const [index, durationUs] of lengths.entries()) {
      await writer.write({...drawFrame(SMALL, index), timestampUs, durationUs});
      timestampUs += durationUs;
    }
    assert.deepEqual(await writer.finish(), {frames: 4});
    assert.deepEqual(
      (await collect(path)).map((frame) => frame.durationUs),
      lengths,
    );
  });

  it('puts the index before the pictures', async () => {
    const path = join(await temporaryFolder('media'), 'clip.mp4');
    await writeClip(path);
    const bytes = await readFile(path);
    assert.ok(bytes.indexOf('moov', 0, 'latin1') < bytes.indexOf('mdat', 0, 'latin1'));
  });

  it('leaves no file after abort', async () => {
    const path = join(await temporaryFolder('media'), 'clip.mp4');
    const writer = await VideoWriter.open(path, SMALL);
    await writer.write(drawFrame(SMALL, 0));
    await writer.abort();
    assert.equal(existsSync(path), false);
  });

  it('refuses and removes on a wrong frame size', async () => {
    const path = join(await temporaryFolder('media'), 'clip.mp4');
    const writer = await VideoWriter.open(path, SMALL);
    const other = drawFrame({...SMALL, width: 64}, 0);
    await assert.rejects(writer.write(other), {code: 'input.invalid', message: /64x64.*96x64/});
    assert.equal(existsSync(path), false);
  });

  it('refuses odd sizes and unwritable places', async () => {
    const folder = await temporaryFolder('media');
    await assert.rejects(VideoWriter.open(join(folder, 'a.mp4'), {...SMALL, width: 95}), {
      code: 'input.invalid',
    });
    await assert.rejects(writeClip(join(folder, 'missing', 'a.mp4')), {code: 'ENOENT'});
  });
});

describe('copyVideo', () => {
  it('copies packets with equal pictures and times', async () => {
    const folder = await temporaryFolder('media');
    const [from, to] = [join(folder, 'from.mp4'), join(folder, 'to.mp4')];
    await writeClip(from);
    assert.deepEqual(await copyVideo(from, to), {frames: SMALL.frames});
    assert.deepEqual(await probeVideo(to), await probeVideo(from));
    assert.deepEqual(await collect(to), await collect(from));
  });

  it('leaves no file when the source is damaged', async () => {
    const folder = await temporaryFolder('media');
    const from = join(folder, 'from.mp4');
    await writeFile(from, 'text');
    await assert.rejects(copyVideo(from, join(folder, 'to.mp4')), {code: 'media.unreadable'});
    assert.equal(existsSync(join(folder, 'to.mp4')), false);
  });

  it('names the folder problem, not the source', async () => {
    const folder = await temporaryFolder('media');
    const from = join(folder, 'from.mp4');
    await writeClip(from);
    await mkdir(join(folder, 'taken'));
    await assert.rejects(copyVideo(from, join(folder, 'missing', 'to.mp4')), {code: 'ENOENT'});
  });
});

describe('decodeFrames', () => {
  it('stops when its signal is aborted', async () => {
    const path = join(await temporaryFolder('media'), 'clip.mp4');
    await writeClip(path, {...SMALL, frames: 48});
    const controller = new AbortController();
    const seen: number[] = [];
    await assert.rejects(
      async () => {
        for await (const frame of decodeFrames(path, {signal: controller.signal})) {
          seen.push(frame.index);
          if (frame.index === 3) controller.abort();
        }
      },
      {name: 'AbortError'},
    );
    assert.deepEqual(seen, [0, 1, 2, 3]);
  });
});

function timesOf({index, timestampUs, durationUs}: Frame): object {
  return {index, timestampUs, durationUs};
}

async function collect(path: string): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of decodeFrames(path)) frames.push(frame);
  return frames;
}
