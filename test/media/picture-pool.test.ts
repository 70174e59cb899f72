import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {join} from 'node:path';
import {pictureOf} from '../../src/media/frame.ts';
import {decodeFrames} from '../../src/media/frames.ts';
import {PicturePool} from '../../src/media/picture-pool.ts';
import {CITY} from '../support/cli.ts';

describe('PicturePool', () => {
  it('hands out what was given back', () => {
    const pool = new PicturePool();
    const picture = pool.take(6);
    pool.give(picture);
    assert.equal(pool.take(6), picture);
    assert.notEqual(pool.take(6), picture);
  });

  it('never hands out another size', () => {
    const pool = new PicturePool();
    pool.give(pool.take(6));
    assert.equal(pool.take(12).length, 12);
  });

  it('changes nothing about decoded pictures', async () => {
    const file = join(CITY, 'depth.mp4');
    assert.deepEqual(await digestsOf(file, new PicturePool()), await digestsOf(file));
  });
});

async function digestsOf(file: string, pool?: PicturePool): Promise<string[]> {
  const digests: string[] = [];
  for await (const frame of decodeFrames(file, pool && {pool})) {
    const picture = pictureOf(frame);
    digests.push(createHash('sha256').update(picture).digest('hex'));
    pool?.give(picture);
  }
  return digests;
}
