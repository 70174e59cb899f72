import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';
import fc from 'fast-check';
import {
  cleanLine,
  cleanLines,
  cleanLogLine,
  cutToWidth,
  displayWidth,
  padRight,
  wrapToWidth,
} from '../../src/views/text.ts';

/** Text with everything in it that terminals obey or measure differently. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({unit: 'binary', maxLength: 8}),
      fc.constantFrom(
        '\u001B[31m',
        '\u001B]0;title\u0007',
        '\u001B[2J',
        '\u009B1A',
        '\u202E',
        '\r',
        '\n',
        '\t',
        '日本',
        'e\u0301',
        '👩‍👩‍👧',
        ' ',
      ),
    ),
    {maxLength: 12},
  )
  .map((parts) => parts.join(''));

const FORBIDDEN = /[\u0000-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069\u2028\u2029]|\p{Surrogate}/u;

describe('cleanLine', () => {
  it('takes out every terminal command', () => {
    const text =
      'a\u001B[31mb\u001B[0m\u001B]8;;http://x\u0007c\u001B]8;;\u001B\\d\u009B2Je\u001BPq#0\u001B\\f\u001Bcg';
    assert.equal(cleanLine(text), 'abcdefg');
  });

  it('shows the payload of an unfinished command as text', () => {
    assert.equal(cleanLine('a\u001B]0;never ended'), 'a0;never ended');
  });

  it('makes one line of several', () => {
    assert.equal(cleanLine('one\r\n  two\tthree\u2028four'), 'one two three four');
  });

  it('takes out marks that reorder text', () => {
    assert.equal(cleanLine('abc\u202Egnp.exe\u2066x'), 'abcgnp.exex');
  });

  it('never leaves a control character', () => {
    fc.assert(
      fc.property(hostile, (text) => !FORBIDDEN.test(cleanLine(text))),
      {numRuns: 1000},
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(fc.property(hostile, (text) => cleanLine(cleanLine(text)) === cleanLine(text)));
  });
});

describe('cleanLines', () => {
  it('keeps line breaks of every kind', () => {
    assert.deepEqual(cleanLines('a\nb\r\nc\u2029d'), ['a', 'b', 'c', 'd']);
  });
});

describe('cleanLogLine', () => {
  it('shows the last state of a progress bar', () => {
    assert.equal(cleanLogLine(' 1%|#  |\r 50%|## |\r100%|###|'), '100%|###|');
    assert.equal(cleanLogLine('done\r'), 'done');
  });

  it('keeps the indentation of a traceback', () => {
    assert.equal(cleanLogLine('\tFile "x.py"'), '    File "x.py"');
  });
});

describe('displayWidth', () => {
  it('counts columns as terminals do', () => {
    const widths: [string, number][] = [
      ['abc', 3],
      ['日本語', 6],
      ['e\u0301', 1],
      ['한글', 4],
      ['👩‍👩‍👧', 2],
      ['✓', 1],
      ['ｆｕｌｌ', 8],
      ['🇯🇵', 2],
      ['', 0],
    ];
    for (const [text, width] of widths) assert.equal(displayWidth(text), width, text);
  });

  it('agrees with Ink on every assigned character', async () => {
    const requireInk = createRequire(createRequire(import.meta.url).resolve('ink'));
    const path = pathToFileURL(requireInk.resolve('string-width')).href;
    const {default: inkWidth} = (await import(path)) as {default: (text: string) => number};
    const different: string[] = [];
    for (let code = 0x20; code < 0x32000; code += 1) {
      const text = String.fromCodePoint(code);
      if (/[\p{Cn}\p{Cc}\p{Cs}\p{Co}]/u.test(text)) continue;
      if (displayWidth(text) !== inkWidth(text)) different.push(code.toString(16));
    }
    assert.deepEqual(different, []);
  });
});

describe('cutToWidth', () => {
  it('marks what it has cut', () => {
    assert.equal(cutToWidth('a rainy street', 8), 'a rainy…');
    assert.equal(cutToWidth('a rainy street', 8, '...'), 'a rai...');
    assert.equal(cutToWidth('short', 5), 'short');
  });

  it('never splits what belongs together', () => {
    assert.equal(cutToWidth('日本語', 4), '日…');
    assert.equal(cutToWidth('e\u0301e\u0301e\u0301', 2), 'e\u0301…');
  });

  it('never gives more columns than asked for', () => {
    fc.assert(
      fc.property(hostile, fc.nat(40), fc.constantFrom('…', '...'), (text, width, mark) => {
        assert.ok(displayWidth(cutToWidth(cleanLine(text), width, mark)) <= width);
      }),
      {numRuns: 1000},
    );
  });
});

describe('wrapToWidth', () => {
  it('breaks between words, and in words that are too long', () => {
    assert.deepEqual(wrapToWidth('one two three', 7), ['one two', 'three']);
    assert.deepEqual(wrapToWidth('abcdefgh ij', 3), ['abc', 'def', 'gh', 'ij']);
    assert.deepEqual(wrapToWidth('日本語', 4), ['日本', '語']);
  });

  it('keeps the breaks of the author', () => {
    assert.deepEqual(wrapToWidth('one\n\ntwo', 40), ['one', '', 'two']);
  });

  it('breaks behind marks of wide scripts', () => {
    for (const mark of ['\u302E', '\u{16FF0}', '\u{1F3FB}']) {
      for (const line of wrapToWidth(`!${mark}a`, 2)) assert.ok(displayWidth(line) <= 2, mark);
    }
  });

  it('never gives a line wider than asked for and loses no word', () => {
    fc.assert(
      fc.property(hostile, fc.integer({min: 2, max: 40}), (text, width) => {
        const lines = wrapToWidth(text, width);
        for (const line of lines) assert.ok(displayWidth(line) <= width, JSON.stringify(line));
        const letters = (parts: string[]): string => parts.join('').replaceAll(' ', '');
        assert.equal(letters(lines), letters(cleanLines(text)));
      }),
      {numRuns: 1000},
    );
  });
});

describe('padRight', () => {
  it('fills up by columns, not by characters', () => {
    assert.equal(padRight('日本', 6), '日本  ');
    assert.equal(padRight('toolong', 3), 'toolong');
  });
});
