import assert from 'node:assert/strict';
import {isoTime, sleep} from '../../src/platform/clock.ts';
import {mapLimit} from '../../src/platform/concurrency.ts';
import {randomHex} from '../../src/platform/random.ts';

describe('mapLimit', () => {
  it('answers in the order of the list', async () => {
    const answers = await mapLimit([30, 1, 15], 3, async (ms, index) => {
      await sleep(ms);
      return index;
    });
    assert.deepEqual(answers, [0, 1, 2]);
  });

  it('keeps no more than the limit going', async () => {
    let going = 0;
    let most = 0;
    await mapLimit(Array.from({length: 20}), 4, async () => {
      most = Math.max(most, ++going);
      await sleep(1);
      going -= 1;
    });
    assert.equal(most, 4);
  });

  it('starts nothing new after a failure', async () => {
    const started: number[] = [];
    const work = mapLimit([1, 2, 3, 4, 5], 2, async (item) => {
      started.push(item);
      await sleep(item);
      if (item === 1) throw new TypeError('on purpose');
    });
    await assert.rejects(work, TypeError);
    assert.deepEqual(started, [1, 2]);
  });

  it('has no trouble with an empty list', async () => {
    assert.deepEqual(await mapLimit([], 4, () => Promise.resolve(1)), []);
  });
});

describe('sleep', () => {
  it('ends early when it is aborted', async () => {
    const start = performance.now();
    await sleep(10_000, AbortSignal.timeout(20));
    await sleep(10_000, AbortSignal.abort());
    assert.ok(performance.now() - start < 5000);
  });
});

describe('isoTime', () => {
  it('has milliseconds and is in UTC', () => {
    assert.equal(isoTime(0), '1970-01-01T00:00:00.000Z');
  });
});

describe('randomHex', () => {
  it('gives two characters for each byte', () => {
    assert.match(randomHex(16), /^[0-9a-f]{32}$/);
    assert.notEqual(randomHex(16), randomHex(16));
  });
});
