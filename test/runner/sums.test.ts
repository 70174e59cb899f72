import assert from 'node:assert/strict';
import {posix} from 'node:path';
import fc from 'fast-check';
import {CosmosError} from '../../src/errors.ts';
import {attemptPaths} from '../../src/runner/job-paths.ts';
import {
  checkAnnounced,
  formatSums,
  isSafeOutputName,
  parseSums,
  refuseTooMany,
} from '../../src/runner/sums.ts';

const HEX = 'a'.repeat(64);
const isInvalid = (error: unknown): boolean => error instanceof CosmosError && error.code === 'blob.mismatch';

describe('formatSums', () => {
  it('sorts by the bytes of the name', () => {
    const entries = ['b', 'a/c', 'Z', 'ä', 'a b'].map((name) => ({digest: `sha256:${HEX}`, name}));
    const names = formatSums(entries)
      .split('\n')
      .map((line) => line.slice(66));
    assert.deepEqual(names, ['Z', 'a b', 'a/c', 'b', 'ä', '']);
  });

  it('is read back as it was written', () => {
    const segment = fc.string({minLength: 1, maxLength: 20, unit: 'grapheme'});
    const names = fc.uniqueArray(
      fc.array(segment, {minLength: 1, maxLength: 3}).map((parts) => parts.join('/')),
    );
    const safe = names.map((list) => list.filter(isSafeOutputName));
    fc.assert(
      fc.property(safe, (list) => {
        const entries = list.map((name, index) => ({
          digest: `sha256:${index.toString(16).padStart(64, '0')}`,
          name,
        }));
        const parsed = parseSums(Buffer.from(formatSums(entries)));
        assert.equal(formatSums(parsed.entries), formatSums(entries));
        assert.equal(parsed.entries.length + parsed.refused.length, list.length);
      }),
    );
  });
});

describe('refuseTooMany and checkAnnounced', () => {
  const paths = attemptPaths('/root/jobs/rs_1', 1, (...parts) => posix.join(...parts));
  const check = (size: number, lines: number): void => {
    const announced = {digest: `sha256:${HEX}`, size, lines};
    refuseTooMany(announced, paths);
    checkAnnounced(announced);
  };

  it('takes 100,000 outputs, or 30,000 with the longest names', () => {
    check(100_000 * (67 + 50), 100_000);
    check(30_000 * (67 + 255), 30_000);
    check(0, 0);
  });

  it('refuses what does not fit in memory', () => {
    const isTooLong = (error: unknown): boolean =>
      error instanceof CosmosError && error.code === 'target.failed';
    assert.throws(() => check(2 ** 40, 100_000), isTooLong);
    assert.throws(() => check(100_001 * 70, 100_001), isTooLong);
  });

  it('refuses sizes that no lines have', () => {
    for (const [size, lines] of [
      [67, 1],
      [1, 0],
      [5000, 1],
    ] as const)
      assert.throws(() => check(size, lines), isInvalid);
  });
});

describe('parseSums', () => {
  it('reads an empty list', () => {
    assert.deepEqual(parseSums(Buffer.alloc(0)), {entries: [], refused: []});
  });

  it('sets unsafe names apart', () => {
    const text = `${HEX}  good.mp4\n${HEX}  ../evil\n${HEX}  /etc/passwd\n${HEX}  ends with \r\n`;
    assert.deepEqual(parseSums(Buffer.from(text)), {
      entries: [{digest: `sha256:${HEX}`, name: 'good.mp4'}],
      refused: ['../evil', '/etc/passwd', 'ends with \r'],
    });
  });

  const malformed = {
    'a torn last line': `${HEX}  a\n${HEX}  b`,
    'a short digest': `${HEX.slice(1)}  a\n`,
    'upper case': `${HEX.toUpperCase()}  a\n`,
    'one space': `${HEX} a\n`,
    'the binary mark': `${HEX} *a\n`,
    'an escaped line': `\\${HEX}  a\\nb\n`,
    'no name': `${HEX}  \n`,
    'an empty line': `${HEX}  a\n\n`,
    'a name twice': `${HEX}  a\n${HEX}  a\n`,
    'a refused name twice': `${HEX}  ..\n${HEX}  ..\n`,
  };
  for (const [what, text] of Object.entries(malformed)) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parseSums(Buffer.from(text)), isInvalid);
    });
  }
});

describe('isSafeOutputName', () => {
  const good = [
    'output.mp4',
    'a/b/c.png',
    'frame 1 ünï.txt',
    '..a',
    'a..',
    '.hidden',
    'console',
    'com',
    'com10',
    'x'.repeat(255),
    "it's",
    '-rf',
  ];
  for (const name of good) {
    it(`accepts ${JSON.stringify(name.slice(0, 20))}`, () => assert.equal(isSafeOutputName(name), true));
  }

  const absolute = ['', '/a', 'C:', 'c:/a', 'C:a', '//server/share', '\\\\server\\share'];
  const leading = ['..', '../a', 'a/../b', 'a/..', '.', './a', 'a/.', 'a//b', 'a/', 'a\\b'];
  const control = ['a\0b', 'a\nb', '\t', 'a\x7f', 'a\u0085', 'a\u009bm'];
  const devices = ['con', 'NUL', 'aux.mp4', 'a/PRN', 'com1', 'LPT9.txt', 'con .txt', 'COM¹', 'conin$'];
  const long = ['x'.repeat(256), `a/${'ü'.repeat(128)}`];
  for (const name of [...absolute, ...leading, ...control, ...devices, ...long]) {
    it(`refuses ${JSON.stringify(name.slice(0, 20))}`, () => assert.equal(isSafeOutputName(name), false));
  }
});
