import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatAge,
  formatBytes,
  formatCost,
  formatCount,
  formatDuration,
  formatElapsed,
  formatMedia,
  formatPicture,
  formatSpan,
  formatTime,
  percentOf,
  plural,
  shortDigest,
  since,
} from '../../src/views/format.ts';
import {MEDIA, NOON} from './samples.ts';

const HOUR = 3_600_000;

function check<Value>(
  format: (value: Value) => string,
  expected: readonly (readonly [Value, string])[],
): void {
  for (const [value, text] of expected) assert.equal(format(value), text);
}

describe('formatBytes', () => {
  it('is exact below a thousand', () => {
    check(formatBytes, [
      [0, '0 bytes'],
      [1, '1 byte'],
      [999, '999 bytes'],
    ]);
  });

  it('uses decimal units above', () => {
    check(formatBytes, [
      [1000, '1.0 kB'],
      [1_234_567, '1.2 MB'],
      [5e9, '5.0 GB'],
      [2.5e12, '2.5 TB'],
      [3e15, '3.0 PB'],
    ]);
  });

  it('never rounds up to a thousand of a unit', () => {
    check(formatBytes, [
      [999_949, '999.9 kB'],
      [999_950, '1.0 MB'],
      [999_999_999, '1.0 GB'],
    ]);
    fc.assert(
      fc.property(fc.nat({max: Number.MAX_SAFE_INTEGER}), (bytes) => parseFloat(formatBytes(bytes)) < 1000),
    );
  });
});

describe('formatCost', () => {
  it('never calls free what cost something', () => {
    const costs = [0, 0.000004, 0.0123, 1.239].map((amount) => formatCost({amount, currency: 'USD'}));
    assert.deepEqual(costs, ['0.00 USD', 'under 0.0001 USD', '0.0123 USD', '1.24 USD']);
  });
});

describe('formatDuration', () => {
  it('has one form for each size', () => {
    check(formatDuration, [
      [0, '0.0 s'],
      [800, '0.8 s'],
      [9949, '9.9 s'],
      [12_400, '12 s'],
      [125_000, '2 m 05 s'],
      [HOUR + 120_000, '1 h 02 m'],
      [51 * HOUR, '2 d 03 h'],
    ]);
  });

  it('never shows sixty of anything', () => {
    check(formatDuration, [
      [9950, '10 s'],
      [59_600, '1 m 00 s'],
      [HOUR - 400, '1 h 00 m'],
      [24 * HOUR - 20_000, '1 d 00 h'],
    ]);
    fc.assert(fc.property(fc.nat({max: 90 * HOUR}), (ms) => !/\b60\b/.test(formatDuration(ms))));
  });

  it('survives clocks that were set back', () => {
    check(formatDuration, [
      [-5000, '0.0 s'],
      [NaN, 'unknown'],
    ]);
  });
});

describe('formatElapsed', () => {
  it('counts whole seconds', () => {
    check(formatElapsed, [
      [3999, '3 s'],
      [-1, '0 s'],
      [59_999, '59 s'],
      [125_999, '2 m 05 s'],
    ]);
  });
});

describe('formatAge', () => {
  it('says the largest unit only', () => {
    check(formatAge, [
      [12_000, '12 s ago'],
      [59_999, '59 s ago'],
      [3 * 60_000, '3 min ago'],
      [2.9 * HOUR, '2 h ago'],
      [5 * 24 * HOUR, '5 d ago'],
      [1200 * 24 * HOUR, '1,200 d ago'],
    ]);
  });

  it('is just now within a second and when the clock was set back', () => {
    check(formatAge, [
      [999, 'just now'],
      [-HOUR, 'just now'],
      [NaN, 'at an unknown time'],
    ]);
    check(formatSpan, [
      [-HOUR, '0 s'],
      [NaN, 'unknown'],
    ]);
  });
});

describe('formatTime', () => {
  it('is readable and names its zone', () => {
    assert.equal(formatTime('2026-11-23T14:05:09.123Z'), '2026-11-23 14:05:09 UTC');
    assert.equal(formatTime('some\u001B[31mday'), 'someday');
    assert.equal(since('2026-11-23T14:05:00.000Z', NOON), 9000);
  });
});

describe('formatCount and plural', () => {
  it('group by thousands', () => {
    check(formatCount, [
      [0, '0'],
      [999, '999'],
      [1000, '1,000'],
      [20_000, '20,000'],
      [1_234_567, '1,234,567'],
    ]);
  });

  it('know one from many', () => {
    assert.equal(plural(1, 'run'), '1 run');
    assert.equal(plural(0, 'run'), '0 runs');
    assert.equal(plural(2000, 'entry', 'entries'), '2,000 entries');
  });
});

describe('formatMedia', () => {
  it('says what an artist asks', () => {
    assert.equal(formatMedia(MEDIA), '1280x704, 48 frames, 24 fps, 2.00 s, avc1.640028');
    assert.equal(
      formatPicture({...MEDIA, frames: 1, fps: 24000 / 1001, durationSeconds: 0.0417}),
      '1280x704, 1 frame, 23.976 fps, 0.04 s',
    );
  });
});

describe('percentOf', () => {
  it('is whole, and 100 only at the end', () => {
    const share = (done: number, total: number): number => percentOf({done, total});
    assert.deepEqual(
      [share(12, 48), share(999, 1000), share(5, 5), share(7, 5), share(1, 0), share(-1, 5)],
      [25, 99, 100, 100, 0, 0],
    );
  });
});

describe('shortDigest', () => {
  it('keeps the algorithm and twelve characters', () => {
    assert.equal(
      shortDigest(`sha256:${'0123456789abcdef'.repeat(4)}` as Parameters<typeof shortDigest>[0]),
      'sha256:0123456789ab',
    );
  });
});
