import assert from 'node:assert/strict';
import {stripVTControlCharacters} from 'node:util';
import fc from 'fast-check';
import {layTable, renderTable, type Column} from '../../src/views/table.ts';
import {displayWidth} from '../../src/views/text.ts';
import {ASCII, COLOR, PLAIN} from './samples.ts';

interface Row {
  id: string;
  status: string;
  size: string;
  text: string;
}

const COLUMNS: Column<Row>[] = [
  {title: 'ID', priority: 1, cell: ({id}) => id},
  {title: 'STATUS', priority: 1, cell: ({status}) => ({text: status, style: COLOR.good})},
  {title: 'SIZE', priority: 3, isNumber: true, cell: ({size}) => size},
  {title: 'TEXT', priority: 2, isFlexible: true, minWidth: 5, goodWidth: 12, cell: ({text}) => text},
];

const ROWS: Row[] = [
  {
    id: 'rs_1a2b3c4d',
    status: 'ok',
    size: '9 kB',
    text: 'a long text that will be cut somewhere, at the latest at the very end of the line',
  },
  {
    id: 'rs_5e6f7a8b',
    status: 'failed',
    size: '10.5 MB',
    text: '日本語のとても長い文章で、どこかで切られるはずです',
  },
];

const lines = (width: number, rows = ROWS): string[] =>
  renderTable(COLUMNS, rows, {width, paint: PLAIN})
    .split('\n')
    .map((line) => stripVTControlCharacters(line));

describe('renderTable', () => {
  it('aligns numbers right and text left', () => {
    assert.deepEqual(lines(80), [
      'ID           STATUS     SIZE  TEXT',
      'rs_1a2b3c4d  ok         9 kB  a long text that will be cut somewhere, at the la…',
      'rs_5e6f7a8b  failed  10.5 MB  日本語のとても長い文章で、どこかで切られるはずです',
    ]);
  });

  it('drops columns below 80 and below 60', () => {
    assert.deepEqual(
      [lines(80)[0], lines(79)[0], lines(60)[0], lines(59)[0]],
      [
        'ID           STATUS     SIZE  TEXT',
        'ID           STATUS  TEXT',
        'ID           STATUS  TEXT',
        'ID           STATUS',
      ],
    );
  });

  it('drops the least important column when it is tight', () => {
    const wide = ROWS.map((row) => ({...row, size: 'x'.repeat(50)}));
    assert.equal(lines(80, wide)[0], 'ID           STATUS  TEXT');
  });

  it('keeps room for the flexible column before less important ones', () => {
    const rows = ROWS.map((row) => ({...row, size: 'x'.repeat(41)}));
    assert.equal(lines(80, rows)[0]?.includes('SIZE'), true, '16 columns are left');
    const wider = ROWS.map((row) => ({...row, size: 'x'.repeat(47)}));
    assert.equal(lines(80, wider)[0]?.includes('SIZE'), false, '10 columns would be left, fewer than good');
  });

  it('leaves out columns that are empty everywhere', () => {
    assert.equal(
      lines(
        80,
        ROWS.map((row) => ({...row, size: ''})),
      )[0],
      'ID           STATUS  TEXT',
    );
  });

  it('never cuts an id', () => {
    for (const width of [1, 5, 11, 20]) assert.equal(lines(width)[1]?.startsWith('rs_1a2b3c4d'), true);
    assert.deepEqual(lines(5)[1], 'rs_1a2b3c4d');
  });

  it("takes the caller's margin from the width", () => {
    const {rows} = layTable(COLUMNS, ROWS, {width: 80, margin: 10, paint: PLAIN});
    assert.equal(displayWidth(stripVTControlCharacters(rows[0] ?? '')), 70);
    assert.match(stripVTControlCharacters(rows[0] ?? ''), /9 kB/, 'the class of terminal stays the same');
  });

  it('cuts with plain dots on old consoles', () => {
    assert.match(renderTable(COLUMNS, ROWS, {width: 80, paint: ASCII}), /\.\.\.$/m);
  });

  it('pads by columns, not by painted characters', () => {
    const text = renderTable(COLUMNS, ROWS, {width: 80, paint: COLOR});
    assert.match(text, /\u001B\[32mok\u001B\[39m {4}/);
  });

  it('keeps every line within the width, clean and without trailing blanks', () => {
    const cell = fc.oneof(
      fc.string({unit: 'binary'}),
      fc.string({unit: 'grapheme'}),
      fc.constantFrom('', ' ', 'a\u001B[31m\nb', '日本語'),
    );
    const row = fc.record({id: fc.constant('rs_1a2b3c4d'), status: cell, size: cell, text: cell});
    fc.assert(
      fc.property(fc.array(row, {maxLength: 5}), fc.integer({min: 1, max: 130}), (rows, width) => {
        for (const line of renderTable(COLUMNS, rows, {width, paint: PLAIN}).split('\n')) {
          const plain = line.replaceAll(/\u001B\[(32|39)m/g, '');
          assert.ok(displayWidth(plain) <= Math.max(width, 11), `${width}: ${JSON.stringify(plain)}`);
          assert.doesNotMatch(plain, /[\p{Cc}\p{Cs}]/u);
          assert.doesNotMatch(plain, /\s$/u);
        }
      }),
      {numRuns: 2000},
    );
  });
});
