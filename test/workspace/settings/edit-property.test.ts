import assert from 'node:assert/strict';
import fc from 'fast-check';
import {parse} from 'smol-toml';
import {setKey, unsetKey} from '../../../src/workspace/settings/edit.ts';
import {lineOf} from '../../../src/workspace/settings/toml/locate.ts';
import {scanToml} from '../../../src/workspace/settings/toml/scan.ts';

/** A generated file: its lines, and for each pair the line where it begins. */
interface Written {
  text: string;
  eol: string;
  pairs: {table: string; name: string; line: number}[];
}

const TABLES = ['run', 'views', 'gc', 'verify'];
const NAMES = ['a', 'b', 'c', 'd'];

const VALUES = fc.constantFrom(
  '1',
  '-2.5e3',
  'true',
  '"x"',
  '"# no [comment]"',
  "'it \\'",
  '"a \\" ] }"',
  '[]',
  '[1, 2]',
  '["]", "#"]',
  '1979-05-27 07:32:00Z',
  '{ x = 1, y = ["}"] }',
  '[\n  1, # ]\n\n  2,\n]',
  '"""\n[gc]\nb = 1\n"""',
  "'''\n# c = 1\n''''",
  '"""a\\"""b"""',
  '[{ x = [\n{ y = 1 }\n] }]',
);
const COMMENTS = fc.constantFrom('', '', ' # c', '    # aligned', '\t# tab "', ' # b = 1 [gc]');
const FILLERS = fc.constantFrom('', '# plain', '# b = 1', '  # c = "x"', '#[gc]', '#');

const PAIR = fc.record({
  name: fc.constantFrom(...NAMES),
  style: fc.constantFrom('NAME = ', '  NAME=', '"NAME"   = ', "\t'NAME'\t=\t"),
  value: VALUES,
  comment: COMMENTS,
  fillers: fc.array(FILLERS, {maxLength: 2}),
});
const TABLE = fc.record({
  name: fc.constantFrom(...TABLES),
  header: fc.constantFrom('[NAME]', '[ NAME ] # c', '["NAME"]'),
  pairs: fc.uniqueArray(PAIR, {selector: (pair) => pair.name, maxLength: 3}),
});
const FILE = fc
  .record({
    start: fc.array(FILLERS, {maxLength: 2}),
    tables: fc.uniqueArray(TABLE, {selector: (table) => table.name, maxLength: 4}),
    eol: fc.constantFrom('\n', '\r\n'),
    isOpen: fc.boolean(),
  })
  .map(({start, tables, eol, isOpen}): Written => {
    const lines: string[] = [...start];
    const pairs: Written['pairs'] = [];
    for (const table of tables) {
      lines.push(table.header.replace('NAME', table.name));
      for (const pair of table.pairs) {
        lines.push(...pair.fillers);
        pairs.push({table: table.name, name: pair.name, line: lines.length + 1});
        lines.push(...(pair.style.replace('NAME', pair.name) + pair.value + pair.comment).split('\n'));
      }
    }
    return {text: lines.join(eol) + (isOpen ? '' : eol), eol, pairs};
  });

const TARGET = fc.record({table: fc.constantFrom(...TABLES), name: fc.constantFrom(...NAMES)});

/** The lines before and after what differs must be the same bytes. */
function changedLines(before: string, after: string): {removed: string[]; added: string[]} {
  const [a, b] = [before.split('\n'), after.split('\n')];
  let head = 0;
  while (head < Math.min(a.length, b.length) && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  return {removed: a.slice(head, a.length - tail), added: b.slice(head, b.length - tail)};
}

describe('setKey, any file', () => {
  it('changes the one key and no other line', () => {
    fc.assert(
      fc.property(FILE, TARGET, fc.constantFrom('"new"', '77'), ({text, eol, pairs}, {table, name}, toml) => {
        const value = parse(`v = ${toml}`)['v'] as string | number;
        const after = setKey(text, `${table}.${name}`, value);
        const wanted = parse(text) as Record<string, Record<string, unknown>>;
        (wanted[table] ??= {})[name] = value;
        assert.deepEqual(plain(parse(after)), plain(wanted));
        const {added, removed} = changedLines(text, after);
        const isReplaced = pairs.some((each) => each.table === table && each.name === name);
        assert.ok(added.length <= (isReplaced ? 1 : 4), added.join('|'));
        if (!isReplaced)
          assert.ok(after.replaceAll(/[\r\n]/g, '').length > text.replaceAll(/[\r\n]/g, '').length);
        if (!isReplaced)
          assert.deepEqual(
            removed.filter((line) => !added.includes(`${line}\r`) && !added.includes(line)),
            [],
          );
        if (eol === '\r\n' && text.includes(eol)) assert.doesNotMatch(after, /[^\r]\n/);
        assert.equal(setKey(after, `${table}.${name}`, value), after);
      }),
      {numRuns: 1000},
    );
  });

  it('takes back what it added', () => {
    fc.assert(
      fc.property(FILE, TARGET, ({text, pairs}, {table, name}) => {
        fc.pre(!pairs.some((each) => each.table === table && each.name === name));
        fc.pre(
          scanToml(text).some((part) => part.kind === 'table' && part.path[0] === table) &&
            text.endsWith('\n'),
        );
        assert.equal(unsetKey(setKey(text, `${table}.${name}`, 1), `${table}.${name}`), text);
      }),
      {numRuns: 500},
    );
  });
});

describe('lineOf, any file', () => {
  it('finds the line of every pair', () => {
    fc.assert(
      fc.property(FILE, ({text, pairs}) => {
        const parts = scanToml(text);
        for (const {table, name, line} of pairs) assert.equal(lineOf(text, parts, [table, name]), line);
      }),
      {numRuns: 500},
    );
  });
});

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
