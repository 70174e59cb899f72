import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import fc from 'fast-check';
import {quoteWords} from '../../../../src/runner/transports/ssh/quote.ts';

/** What a shell makes of the words: each one printed, with a NUL behind it. */
function readBy(shell: string[], words: readonly string[]): string[] | undefined {
  const [program = '', ...rest] = shell;
  const {error, stdout} = spawnSync(program, [...rest, '-c', `printf '%s\\0' ${quoteWords(words)}`]);
  return error === undefined ? stdout.toString('utf8').split('\0').slice(0, -1) : undefined;
}

const WORDS = [
  "it's",
  '',
  '$HOME `id` $(id)',
  '*',
  '-n',
  'a\nb',
  '"',
  '\\',
  "''",
  '!',
  '~',
  'é 日本',
  '; rm x',
];

describe('quoteWords', () => {
  for (const shell of [['sh'], ['bash'], ['dash'], ['busybox', 'sh']]) {
    it(`survives ${shell.join(' ')} with every character`, function () {
      const read = readBy(shell, WORDS);
      if (read === undefined) this.skip();
      assert.deepEqual(read, WORDS);
    });
  }

  it('survives a shell with random words', function () {
    if (process.platform === 'win32') this.skip();
    const words = fc.array(
      fc.string({unit: 'binary'}).filter((word) => !/[\0\uFFFD]/.test(word)),
      {minLength: 1},
    );
    fc.assert(
      fc.property(words, (list) => {
        assert.deepEqual(readBy(['sh'], list), list);
      }),
      {numRuns: 30},
    );
  });

  it('refuses a word with a NUL', () => {
    assert.throws(() => quoteWords(['a\0b']), {code: 'input.invalid'});
  });
});
