import assert from 'node:assert/strict';
import {averageBlocks, blurPlane} from '../../../../src/runner/models/preview/blur.ts';

describe('averageBlocks', () => {
  it('averages whole blocks', () => {
    const plane = Uint8Array.of(1, 3, 10, 20, 5, 7, 30, 40);
    assert.deepEqual([...averageBlocks(plane, {width: 4, height: 2}, 2)], [4, 25]);
  });

  it('averages what is there in smaller last blocks', () => {
    const plane = Uint8Array.of(2, 4, 9, 6, 8, 11, 100, 120, 50);
    assert.deepEqual([...averageBlocks(plane, {width: 3, height: 3}, 2)], [5, 10, 110, 50]);
  });
});

describe('blurPlane', () => {
  it('spreads a bright pixel between block centres', () => {
    const plane = new Uint8Array(64);
    plane[9] = 160;
    const blurred = new Uint8Array(64);
    blurPlane(plane, blurred, {width: 8, height: 8}, 4);
    // The first block averages 160 / 16 = 10. Centres lie at 1.5 and 5.5, so weights fall 7/8, 5/8, 3/8, 1/8 between them.
    assert.deepEqual([...blurred.subarray(0, 8)], [10, 10, 9, 6, 4, 1, 0, 0]);
    assert.deepEqual([...blurred.subarray(16, 24)], [9, 9, 8, 5, 3, 1, 0, 0]);
    assert.deepEqual([...blurred.subarray(56)], Array<number>(8).fill(0));
  });

  it('leaves flat planes exactly as they are', () => {
    for (const factor of [2, 4, 5, 8, 10, 16]) {
      const plane = new Uint8Array(37 * 23).fill(201);
      const blurred = new Uint8Array(plane.length);
      blurPlane(plane, blurred, {width: 37, height: 23}, factor);
      assert.deepEqual(blurred, plane, String(factor));
    }
  });
});
