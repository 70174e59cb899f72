import assert from 'node:assert/strict';
import {copyFile, open, readFile, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {decodeAll} from '../../src/media/playable.ts';
import {probeVideo, readTraits} from '../../src/media/probe.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {CITY, SMALL, writeClip} from './clips.ts';

const COLOR = join(CITY, 'color.mp4');

/** A PNG of one pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe('probeVideo', () => {
  it('tells size, frames, rate and codec', async () => {
    const facts = await probeVideo(COLOR);
    assert.deepEqual(facts, {...facts, width: 1280, height: 704, frames: 48, fps: 24, durationSeconds: 2});
    assert.match(facts.codec, /^avc1\.6400[0-9a-f]{2}$/);
  });

  it('tells broadcast rates to three decimals', async () => {
    const path = join(await temporaryFolder('media'), 'clip.mp4');
    await writeClip(path, {...SMALL, fps: 30_000 / 1001, timescale: 30_000, frames: 30});
    const facts = await probeVideo(path);
    assert.equal(facts.fps, 29.97);
    assert.equal(facts.durationSeconds, 1.001);
    assert.equal((await readTraits(path)).timescale, 30_000);
  });

  it('says that a missing file cannot be read', async () => {
    await assert.rejects(probeVideo('/nowhere/color.mp4'), {
      code: 'file.unreadable',
      message: /color\.mp4.*ENOENT/,
    });
  });

  it('says that an empty file is empty', async () => {
    const path = await damaged('empty.mp4', Buffer.alloc(0));
    await assert.rejects(probeVideo(path), {
      code: 'media.unreadable',
      message: /empty\.mp4 is empty \(0 bytes\)/,
    });
  });

  for (const [label, bytes] of [
    ['text', Buffer.from('not a video at all\n'.repeat(40))],
    ['a picture', PNG],
  ] as const) {
    it(`says that ${label} is no video`, async () => {
      const path = await damaged('renamed.mp4', bytes);
      await assert.rejects(probeVideo(path), {
        code: 'media.unreadable',
        message: /renamed\.mp4 is not a video/,
      });
    });
  }

  it('says how much of a cut file is there', async () => {
    const whole = await readFile(COLOR);
    for (const size of [whole.length - 1, Math.floor(whole.length / 2), 2000]) {
      const path = await damaged('cut.mp4', whole.subarray(0, size));
      const message = new RegExp(`cut\\.mp4 is cut off: ${String(size)} of `);
      await assert.rejects(probeVideo(path), {code: 'media.unreadable', message});
    }
  });

  it('notices samples beyond an open-ended last box', async () => {
    const path = join(await temporaryFolder('media'), 'open.mp4');
    await copyFile(COLOR, path);
    const whole = await readFile(path);
    // A box size of 0 means "to the end of the file", so the boxes alone no longer tell that bytes are missing.
    const file = await open(path, 'r+');
    await file.write(Buffer.alloc(4), 0, 4, whole.indexOf('mdat', 0, 'latin1') - 4);
    await file.close();
    await truncate(path, whole.length - 5000);
    await assert.rejects(probeVideo(path), {code: 'media.unreadable', message: /cut off/});
  });

  it('says that a file without index never finished', async () => {
    const whole = await readFile(COLOR);
    const ftypBytes = whole.readUInt32BE(0);
    const path = await damaged('headless.mp4', whole.subarray(0, ftypBytes));
    await assert.rejects(probeVideo(path), {code: 'media.unreadable', message: /no index/});
  });
});

describe('decodeAll', () => {
  it('counts every frame of a sound file', async () => {
    assert.deepEqual(await decodeAll(COLOR), {frames: 48});
  });

  it('refuses a file whose pictures were overwritten', async () => {
    const bytes = await readFile(COLOR);
    const start = bytes.indexOf('mdat', 0, 'latin1') + 4;
    bytes.fill(0xff, start + 100, bytes.length - 100);
    const path = await damaged('overwritten.mp4', bytes);
    await assert.rejects(decodeAll(path), {code: 'media.unreadable', message: /overwritten\.mp4 is damaged/});
  });

  it('refuses a file whose index was flipped', async () => {
    const bytes = await readFile(COLOR);
    const sizes = bytes.indexOf('stsz', 0, 'latin1');
    for (let at = sizes + 16; at < sizes + 80; at += 1) bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    await assert.rejects(decodeAll(await damaged('index.mp4', bytes)), {code: 'media.unreadable'});
  });
});

async function damaged(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryFolder('media'), name);
  await writeFile(path, bytes);
  return path;
}
