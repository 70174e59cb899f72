import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {copyVideo} from '../../src/media/copy.ts';
import {VideoWriter} from '../../src/media/encode.ts';
import {makeFrame} from '../../src/media/frame.ts';
import {probeVideo} from '../../src/media/probe.ts';
import {CITY} from '../support/cli.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {setTimeout as sleep} from 'node:timers/promises';

/** The clock of MP4 counts seconds. */
const NEXT_SECOND_MS = 1100;

async function encode(path: string): Promise<Buffer> {
  const writer = await VideoWriter.open(path, {width: 64, height: 48, fps: 24});
  await writer.write(makeFrame({index: 0, timestampUs: 0, durationUs: 41_667, width: 64, height: 48}));
  await writer.finish();
  return readFile(path);
}

describe('removeTimes', () => {
  it('makes encoding the same pictures give the same bytes', async () => {
    const folder = await temporaryFolder('timeless');
    const first = await encode(join(folder, 'a.mp4'));
    await sleep(NEXT_SECOND_MS);
    assert.deepEqual(await encode(join(folder, 'b.mp4')), first);
    assert.equal((await probeVideo(join(folder, 'b.mp4'))).frames, 1);
  });

  it('makes copying the same packets give the same bytes', async () => {
    const folder = await temporaryFolder('timeless');
    await copyVideo(join(CITY, 'depth.mp4'), join(folder, 'a.mp4'));
    await sleep(NEXT_SECOND_MS);
    await copyVideo(join(CITY, 'depth.mp4'), join(folder, 'b.mp4'));
    assert.deepEqual(await readFile(join(folder, 'a.mp4')), await readFile(join(folder, 'b.mp4')));
    assert.equal((await probeVideo(join(folder, 'b.mp4'))).frames, 48);
  });
});
