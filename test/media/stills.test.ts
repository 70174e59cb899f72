import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import fc from 'fast-check';
import {makeFrame} from '../../src/media/frame.ts';
import {decodeFrames} from '../../src/media/frames.ts';
import {readPng} from '../../src/media/png.ts';
import {toFrame, toRgb} from '../../src/media/rgb.ts';
import {fitWithin, shrinkFrame} from '../../src/media/shrink.ts';
import {spread, takeEnds, takeStills} from '../../src/media/stills.ts';
import {importProgram} from '../support/stand-ins.ts';
import {NUMBERED, writeNumberedClip} from '../support/numbered-clip.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {CITY} from './clips.ts';

const {readNumber, readDataUrl} = await importProgram<{
  readNumber: (picture: object, scene: object) => number | null;
  readDataUrl: (url: string) => {width: number; height: number};
}>('enhance/images.mjs');

const shape = (width: number, height: number) => ({index: 0, timestampUs: 0, durationUs: 1, width, height});

describe('spread', () => {
  it('takes the first, the last and even steps', () => {
    assert.deepEqual(spread(121, 4), [0, 40, 80, 120]);
    assert.deepEqual(spread(3, 8), [0, 1, 2]);
    assert.deepEqual(spread(50, 1), [0]);
  });
});

describe('fitWithin', () => {
  it('keeps the shape and makes nothing larger', () => {
    assert.deepEqual(fitWithin({width: 1280, height: 704}, 480), {width: 480, height: 264});
    assert.deepEqual(fitWithin({width: 704, height: 1280}, 480), {width: 264, height: 480});
    assert.deepEqual(fitWithin({width: 97, height: 65}, 480), {width: 96, height: 64});
    const box = {width: 320, height: 90};
    assert.deepEqual(fitWithin({width: 1280, height: 720}, box), {width: 160, height: 90});
    assert.deepEqual(fitWithin({width: 5000, height: 200}, box), {width: 320, height: 12});
    fc.assert(
      fc.property(fc.integer({min: 2, max: 8192}), fc.integer({min: 2, max: 8192}), (width, height) => {
        const small = fitWithin({width, height}, 480);
        assert.ok(small.width <= Math.min(width, 480) && small.height <= Math.min(height, 480));
        assert.ok(small.width % 2 === 0 && small.height % 2 === 0 && small.width > 0 && small.height > 0);
      }),
    );
  });
});

describe('shrinkFrame', () => {
  it('keeps the mean and mixes what lies together', () => {
    const frame = makeFrame(shape(6, 4));
    for (let at = 0; at < 24; at += 1) frame.y[at] = at % 6 < 3 ? 40 : 200;
    const small = shrinkFrame(frame, {width: 4, height: 2});
    // The halves meet at 3 of 6 pixels, between the second and the third of 4.
    assert.deepEqual([...small.y], [40, 40, 200, 200, 40, 40, 200, 200]);
    assert.deepEqual([...shrinkFrame(frame, {width: 2, height: 2}).y], [40, 200, 40, 200]);
    const third = makeFrame(shape(6, 2));
    third.y.set([30, 60, 90, 120, 150, 180, 30, 60, 90, 120, 150, 180]);
    assert.deepEqual([...shrinkFrame(third, {width: 2, height: 2}).y], [60, 150, 60, 150]);
  });
});

describe('toRgb', () => {
  it('undoes what toFrame does', () => {
    const colours = [
      [255, 255, 255],
      [0, 0, 0],
      [220, 40, 30],
      [20, 180, 60],
      [30, 60, 200],
    ];
    for (const colour of colours) {
      const pixels = Uint8Array.from(Array.from({length: 4}, () => colour).flat());
      const back = toRgb(toFrame({width: 2, height: 2, pixels}, shape(2, 2))).pixels;
      for (const [place, value] of pixels.entries())
        assert.ok(Math.abs((back[place] ?? 0) - value) <= 2, `${colour.join()} is ${back.join()}`);
    }
  });

  it('reads the colours as the file says', () => {
    const frame = makeFrame(shape(2, 2));
    frame.y.fill(81);
    frame.u.fill(90);
    frame.v.fill(240);
    assert.deepEqual([...toRgb(frame, {matrix: 'smpte170m'}).pixels.subarray(0, 3)], [254, 0, 0]);
    assert.notDeepEqual(toRgb(frame).pixels, toRgb(frame, {matrix: 'smpte170m'}).pixels);
    assert.deepEqual(
      [...toRgb(makeFrame(shape(2, 2)), {fullRange: true}).pixels.subarray(0, 3)],
      [16, 16, 16],
    );
  });
});

describe('takeStills', () => {
  it('shows the frames that it says, made smaller', async () => {
    const clip = join(await temporaryFolder('stills'), 'clip.mp4');
    await writeNumberedClip(clip, {frames: 13, first: 100});
    const stills = await takeStills(clip, {count: 4, longest: 240});
    assert.deepEqual(
      stills.map(({index}) => index),
      [0, 4, 8, 12],
    );
    for (const {index, png} of stills) {
      const picture = readDataUrl(`data:image/png;base64,${Buffer.from(png).toString('base64')}`);
      assert.deepEqual([picture.width, picture.height], [240, 132]);
      assert.equal(readNumber(picture, NUMBERED), 100 + index);
    }
    const again = await takeStills(clip, {count: 4, longest: 240});
    assert.deepEqual(again, stills, 'the same bytes every time');
  });

  it('keeps the colours of a rendered scene', async () => {
    const [still] = await takeStills(join(CITY, 'color.mp4'), {count: 1, longest: 4096});
    const file = join(await temporaryFolder('stills'), 'still.png');
    await writeFile(file, still?.png ?? '');
    const {pixels, width, height} = await readPng(file);
    const back = toFrame({pixels, width, height}, shape(width, height));
    for await (const frame of decodeFrames(join(CITY, 'color.mp4'))) {
      let most = 0;
      for (const [place, value] of frame.y.entries())
        most = Math.max(most, Math.abs(value - (back.y[place] ?? 0)));
      assert.ok(most <= 40, `luma differs by up to ${most}`);
      break;
    }
  });
});

describe('takeEnds', () => {
  it('is a small clip of the first and the last frame', async () => {
    const folder = await temporaryFolder('ends');
    await writeNumberedClip(join(folder, 'clip.mp4'), {frames: 9, first: 20});
    const {indexes, mp4} = await takeEnds(join(folder, 'clip.mp4'), 240);
    assert.deepEqual(indexes, [0, 8]);
    await writeFile(join(folder, 'ends.mp4'), mp4);
    const numbers = [];
    for await (const {width, height, y} of decodeFrames(join(folder, 'ends.mp4')))
      numbers.push(readNumber({width, height, luma: y}, NUMBERED));
    assert.deepEqual(numbers, [20, 28]);
    assert.deepEqual((await takeEnds(join(folder, 'clip.mp4'), 240)).mp4, mp4, 'the same bytes every time');
  });
});
