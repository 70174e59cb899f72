import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import fc from 'fast-check';
import {compareVideos, ssimOf, squaredError} from '../../src/media/compare.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {SMALL, writeClip} from './clips.ts';

interface Plane {
  y: Uint8Array<ArrayBuffer>;
  width: number;
  height: number;
}

/** The definition, window by window, with nothing shared. */
function slowSsim(a: Plane, b: Plane): number {
  const scores: number[] = [];
  for (let top = 0; top + 8 <= 4 * (a.height >> 2); top += 4)
    for (let left = 0; left + 8 <= 4 * (a.width >> 2); left += 4) {
      const [p, q]: [number[], number[]] = [[], []];
      for (let at = 0; at < 64; at += 1) {
        const index = (top + (at >> 3)) * a.width + left + (at & 7);
        p.push(a.y[index] ?? 0);
        q.push(b.y[index] ?? 0);
      }
      const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / 64;
      const [meanP, meanQ] = [mean(p), mean(q)];
      const spread = (u: number[], v: number[]): number =>
        u.reduce((sum, value, at) => sum + (value - mean(u)) * ((v[at] ?? 0) - mean(v)), 0) / 63;
      const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
      const light = (2 * meanP * meanQ + c1) / (meanP ** 2 + meanQ ** 2 + c1);
      scores.push((light * (2 * spread(p, q) + c2)) / (spread(p, p) + spread(q, q) + c2));
    }
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

const planes = fc
  .record({width: fc.integer({min: 8, max: 21}), height: fc.integer({min: 8, max: 19})})
  .chain(({width, height}) => {
    const y = fc.uint8Array({minLength: width * height, maxLength: width * height});
    return fc.tuple(y, y).map(([a, b]) => [a, b].map((each) => ({y: new Uint8Array(each), width, height})));
  });

describe('ssimOf', () => {
  it('is what its definition says, for any two pictures', () => {
    fc.assert(
      fc.property(planes, ([a, b]) => {
        assert.ok(a && b);
        const difference = Math.abs(ssimOf(a, b) - slowSsim(a, b));
        // The constants are rounded to whole numbers, as in x264.
        assert.ok(difference < 1e-3, String(difference));
      }),
      {numRuns: 50},
    );
  });

  it('has the constants of x264, which small contrasts show', () => {
    const plane = (valueAt: (at: number) => number): Plane => ({
      y: Uint8Array.from({length: 64}, (_, at) => valueAt(at)),
      width: 8,
      height: 8,
    });
    // By hand: sums 64 and 192 with no variance; then a mean of 101 in both, variances of 1 and a covariance of -1.
    const flat = ssimOf(
      plane(() => 1),
      plane(() => 3),
    );
    assert.ok(Math.abs(flat - 24_992 / 41_376) < 1e-9, String(flat));
    const opposite = ssimOf(
      plane((at) => 100 + 2 * (at % 2)),
      plane((at) => 102 - 2 * (at % 2)),
    );
    assert.ok(Math.abs(opposite - 227_771 / 244_155) < 1e-9, String(opposite));
  });

  it('is 1 for the same, and lower the more differs', () => {
    const picture = (noise: number): Plane => ({
      y: Uint8Array.from({length: 32 * 32}, (_, at) => 100 + (at % 32) + (at % 7 === 0 ? noise : 0)),
      width: 32,
      height: 32,
    });
    const [none, little, much] = [0, 10, 60].map((noise) => ssimOf(picture(0), picture(noise)));
    assert.equal(none, 1);
    assert.ok((little ?? 0) < 1 && (much ?? 0) < (little ?? 0));
    assert.equal(squaredError(picture(0), picture(10)), Math.ceil(1024 / 7) * 100);
  });
});

describe('compareVideos', function () {
  this.timeout(30_000);

  it('tells same pictures from others, and by how much', async () => {
    const folder = await temporaryFolder('compare');
    const path = (name: string): string => join(folder, name);
    await writeClip(path('a.mp4'));
    await writeClip(path('b.mp4'), SMALL, 125);
    await writeFile(path('c.mp4'), Buffer.concat([await readFile(path('a.mp4')), freeBox()]));
    assert.deepEqual(await compareVideos(path('a.mp4'), path('c.mp4')), {
      ...{frames: SMALL.frames, isSame: true},
      ...{psnr: null, ssim: 1},
    });
    const {isSame, psnr, ssim} = await compareVideos(path('a.mp4'), path('b.mp4'));
    assert.equal(isSame, false);
    // A sixth of each picture is 5 lighter.
    assert.ok(psnr !== null && psnr > 35 && psnr < 48, String(psnr));
    assert.ok(ssim > 0.9 && ssim < 1, String(ssim));
  });

  it('refuses what is damaged', async () => {
    const folder = await temporaryFolder('compare');
    await writeClip(join(folder, 'a.mp4'));
    await writeFile(join(folder, 'b.mp4'), 'no video');
    await assert.rejects(compareVideos(join(folder, 'a.mp4'), join(folder, 'b.mp4')), {
      code: 'media.unreadable',
    });
  });
});

/** Of no meaning at the end of an MP4 file: other bytes, the same video. */
function freeBox(): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 0, 12]), Buffer.from('free'), Buffer.from('more')]);
}
