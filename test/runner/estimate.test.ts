import assert from 'node:assert/strict';
import fc from 'fast-check';
import {estimateLeft, estimateStarts, medianOf, type Asked, type Delay} from '../../src/runner/estimate.ts';

const one = (durationMs: Delay): Asked => ({gpus: 1, durationMs});

describe('estimateStarts', () => {
  it('gives free GPUs at once, in order', () => {
    assert.deepEqual(estimateStarts([0, 0], [one(10), one(20), one(5), one(5)]), [0, 0, 10, 15]);
  });

  it('lets nobody overtake a large job', () => {
    assert.deepEqual(estimateStarts([0, 50], [{gpus: 2, durationMs: 10}, one(1)]), [50, 60]);
  });

  it('knows nothing behind what has no history', () => {
    assert.deepEqual(estimateStarts([0], [one(null), one(5), one(5)]), [0, null, null]);
    assert.deepEqual(estimateStarts([null], [one(5)]), [null]);
    assert.deepEqual(estimateStarts([null, 30], [one(5)]), [null]);
    assert.deepEqual(estimateStarts([0], [{gpus: null, durationMs: 5}, one(5)]), [null, null]);
  });

  it('starts at once beside what has no history', () => {
    assert.deepEqual(estimateStarts([null, 0], [one(5), one(5)]), [0, null]);
  });

  it('says of an impossible request that nobody knows', () => {
    assert.deepEqual(estimateStarts([0], [{gpus: 2, durationMs: 5}]), [null]);
    assert.deepEqual(estimateStarts([], [one(5)]), [null]);
  });

  it('agrees with a line that is really served', () => {
    const asked = fc.record({gpus: fc.integer({min: 1, max: 3}), durationMs: fc.integer({min: 1, max: 9})});
    const property = fc.property(
      fc.array(fc.integer({min: 0, max: 9}), {minLength: 3, maxLength: 4}),
      fc.array(asked, {maxLength: 6}),
      (gpus, line) => assert.deepEqual(estimateStarts(gpus, line), serve(gpus, line)),
    );
    fc.assert(property);
  });
});

/** Moment by moment: the first in the line takes as many free GPUs as it asks for. */
function serve(gpus: readonly number[], line: readonly {gpus: number; durationMs: number}[]): number[] {
  const free = [...gpus];
  const starts: number[] = [];
  for (let now = 0; starts.length < line.length; now += 1) {
    for (let next = line[starts.length]; next; next = line[starts.length]) {
      const taken = free.flatMap((at, index) => (at <= now ? [index] : [])).slice(0, next.gpus);
      if (taken.length < next.gpus) break;
      for (const index of taken) free[index] = now + next.durationMs;
      starts.push(now);
    }
  }
  return starts;
}

describe('medianOf', () => {
  it('is the middle, or between the two', () => {
    assert.equal(medianOf([3, 1, 2]), 2);
    assert.equal(medianOf([4, 1, 2, 3]), 2.5);
    assert.equal(medianOf([]), null);
  });
});

describe('estimateLeft', () => {
  it('says nothing where nothing is known', () => {
    assert.equal(estimateLeft(null, 1000), undefined);
    assert.equal(estimateLeft(null, 1000, 0.24), undefined);
    assert.equal(estimateLeft(null, 1000, 1), undefined);
  });

  it('goes from history to the own pace', () => {
    assert.deepEqual(estimateLeft(null, 1000, 0.25), {leftMs: 3000, isOverdue: false});
    assert.deepEqual(estimateLeft(10_000, 1000), {leftMs: 9000, isOverdue: false});
    assert.deepEqual(estimateLeft(10_000, 1000, 0.1), {leftMs: 9000, isOverdue: false});
    assert.deepEqual(estimateLeft(10_000, 2000, 0.5), {leftMs: 5000, isOverdue: false});
  });

  it('says that it takes longer, and never less than nothing', () => {
    assert.deepEqual(estimateLeft(1000, 1000), {leftMs: null, isOverdue: true});
    assert.deepEqual(estimateLeft(1000, 4000, 0.5), {leftMs: 4000, isOverdue: true});
    assert.deepEqual(estimateLeft(1000, -5000), {leftMs: 1000, isOverdue: false});
    assert.deepEqual(estimateLeft(null, -5000, 0.5), {leftMs: 0, isOverdue: false});
  });
});
