import assert from 'node:assert/strict';
import type {CosmosError} from '../../../src/errors.ts';
import {setKey, unsetKey} from '../../../src/workspace/settings/edit.ts';
import type {Plain} from '../../../src/workspace/settings/toml/data.ts';

function isInvalid(error: CosmosError): boolean {
  return error.code === 'config.invalid';
}

describe('setKey', () => {
  const cases: [title: string, before: string, key: string, value: Plain, after: string][] = [
    ['replaces a value in its line', '[gc]\ngrace = "1h"\n', 'gc.grace', '2h', '[gc]\ngrace = "2h"\n'],
    [
      'keeps odd spacing',
      '[ gc ]\n  grace\t=  "1h"\t# c\n',
      'gc.grace',
      '12h',
      '[ gc ]\n  grace\t=  "12h"\t# c\n',
    ],
    ['lets a close comment follow', '[gc]\ngrace = "24h" # c\n', 'gc.grace', '0', '[gc]\ngrace = "0" # c\n'],
    [
      'keeps the column of a comment',
      '[gc]\ngrace = "1h"   # c\n',
      'gc.grace',
      '36h',
      '[gc]\ngrace = "36h"  # c\n',
    ],
    [
      'keeps one space before a comment',
      '[gc]\ngrace = "1h"  # c\n',
      'gc.grace',
      '1d12h',
      '[gc]\ngrace = "1d12h" # c\n',
    ],
    [
      'widens the space before a comment',
      '[gc]\ngrace = "24h"  # c\n',
      'gc.grace',
      '0',
      '[gc]\ngrace = "0"    # c\n',
    ],
    [
      'keeps CRLF',
      '[gc]\r\ngrace = "1h"\r\n\r\n[run]\r\n',
      'gc.trashDays',
      1,
      '[gc]\r\ngrace = "1h"\r\ntrashDays = 1\r\n\r\n[run]\r\n',
    ],
    ['keeps a file open at its end', '[gc]\ngrace = "1h"', 'gc.grace', '2h', '[gc]\ngrace = "2h"'],
    [
      'adds to a file open at its end',
      '[gc]\r\ngrace = "1h"',
      'gc.trashDays',
      1,
      '[gc]\r\ngrace = "1h"\r\ntrashDays = 1',
    ],
    [
      'adds behind the last pair and its comment',
      '[gc]\n  grace = "1h" # c\n\n# next\n[run]\n',
      'gc.trashDays',
      1,
      '[gc]\n  grace = "1h" # c\n  trashDays = 1\n\n# next\n[run]\n',
    ],
    [
      'adds behind the header of an empty table',
      '[gc] # c\n\n[run]\n',
      'gc.trashDays',
      1,
      '[gc] # c\ntrashDays = 1\n\n[run]\n',
    ],
    [
      'adds behind a multi-line value',
      '[models.a]\nargv = [\n  "]", # ]\n]\n[gc]\n',
      'models.a.timeout',
      '1h',
      '[models.a]\nargv = [\n  "]", # ]\n]\ntimeout = "1h"\n[gc]\n',
    ],
    [
      'leaves a commented key and adds behind it',
      '[gc]\n# why\n# grace = "24h"\n\n# trashDays = 7\n',
      'gc.grace',
      '1h',
      '[gc]\n# why\n# grace = "24h"\ngrace = "1h"\n\n# trashDays = 7\n',
    ],
    [
      'ignores a comment of another table',
      '[gc]\n[run]\n# grace = "24h"\n',
      'gc.grace',
      '1h',
      '[gc]\ngrace = "1h"\n[run]\n# grace = "24h"\n',
    ],
    [
      'ignores what looks like a comment in a string',
      '[run]\nmodel = """\n# target = 1\n"""\n',
      'run.target',
      'local',
      '[run]\nmodel = """\n# target = 1\n"""\ntarget = "local"\n',
    ],
    ['makes a table in an empty file', '', 'gc.grace', '1h', '[gc]\ngrace = "1h"\n'],
    ['makes a table at the end', '[run]\n', 'gc.grace', '1h', '[run]\n\n[gc]\ngrace = "1h"\n'],
    ['adds no second blank line', '[run]\r\n\r\n', 'gc.grace', '1h', '[run]\r\n\r\n[gc]\r\ngrace = "1h"\r\n'],
    [
      'makes a table in a file open at its end',
      '# only this',
      'gc.grace',
      '1h',
      '# only this\n\n[gc]\ngrace = "1h"',
    ],
    ['keeps a byte order mark', '\uFEFF', 'gc.grace', '1h', '\uFEFF[gc]\ngrace = "1h"\n'],
    ['replaces a dotted key', 'gc.grace = "1h" # c\n', 'gc.grace', '2h', 'gc.grace = "2h" # c\n'],
    [
      'replaces a spaced and quoted key',
      'gc . \'grace\' = "1h"\n',
      'gc.grace',
      '2h',
      'gc . \'grace\' = "2h"\n',
    ],
    [
      'adds beside a dotted key',
      'gc.grace = "1h"\n[run]\n',
      'gc.trashDays',
      1,
      'gc.grace = "1h"\ngc.trashDays = 1\n[run]\n',
    ],
    [
      'adds beside a dotted key under a header',
      '[models]\na.argv = []\n',
      'models.a.timeout',
      '1h',
      '[models]\na.argv = []\na.timeout = "1h"\n',
    ],
    [
      'replaces inside an inline table',
      'gc = {grace = "1h", trashDays = 2}  # c\n',
      'gc.grace',
      '12h',
      'gc = {grace = "12h", trashDays = 2}  # c\n',
    ],
    [
      'adds to an inline table',
      'gc = { grace = "1h" }\n',
      'gc.trashDays',
      1,
      'gc = { grace = "1h", trashDays = 1 }\n',
    ],
    ['adds to an empty inline table', 'gc = {}\n', 'gc.trashDays', 1, 'gc = { trashDays = 1 }\n'],
    [
      'adds behind an inner inline table',
      'm = {a = {b = 1}, c = [{d = 1}]}\n',
      'm.e',
      1,
      'm = {a = {b = 1}, c = [{d = 1}], e = 1}\n',
    ],
    [
      'adds a dotted key to an inline table above',
      'models = {a = {b = 1}}\n',
      'models.c.d',
      1,
      'models = {a = {b = 1}, c.d = 1}\n',
    ],
    [
      'replaces a multi-line array',
      '[models.a]\nargv = [\n  "x", # c\n]  # behind\ntimeout = "1h"\n',
      'models.a.argv',
      ['y', 'z'],
      '[models.a]\nargv = ["y", "z"]  # behind\ntimeout = "1h"\n',
    ],
    [
      'replaces a multi-line string',
      "[run]\nmodel = '''\n[gc]\ngrace = \"x\"'''\n[gc]\n",
      'run.model',
      'a',
      '[run]\nmodel = "a"\n[gc]\n',
    ],
    [
      'tells tables from arrays of tables',
      '[models.a]\nargv = []\n[[models.a.outputs]]\nname = "o"\n',
      'models.a.timeout',
      '1h',
      '[models.a]\nargv = []\ntimeout = "1h"\n[[models.a.outputs]]\nname = "o"\n',
    ],
    [
      'gives an implied table its header',
      '[[models.a.outputs]]\nname = "o"\n',
      'models.a.timeout',
      '1h',
      '[[models.a.outputs]]\nname = "o"\n\n[models.a]\ntimeout = "1h"\n',
    ],
    [
      'quotes names with dots',
      '[models."a.1"]\n',
      'models."b.2".timeout',
      '1h',
      '[models."a.1"]\n\n[models."b.2"]\ntimeout = "1h"\n',
    ],
    [
      'escapes strings',
      '[run]\n',
      'run.model',
      'a"\\\n\u007f\u00e9',
      '[run]\nmodel = "a\\"\\\\\\n\\u007f\u00e9"\n',
    ],
    [
      'writes tables inline',
      '[models.a]\n',
      'models.a.outputs',
      [{name: 'o', primary: true}, {}],
      '[models.a]\noutputs = [{ name = "o", primary = true }, {}]\n',
    ],
    [
      'finds the end of dates and numbers',
      '[gc]\na = 1979-05-27 07:32:00 # c\nb = [+1.5e3, 0x_f] \n'.replace('_', ''),
      'gc.a',
      1,
      '[gc]\na = 1 # c\nb = [+1.5e3, 0xf] \n',
    ],
    [
      'is not confused by quotes at the end of strings',
      '[gc]\na = """x"""""\nb = \'\'\'y\'\'\'\'\nc = ""\n',
      'gc.c',
      1,
      '[gc]\na = """x"""""\nb = \'\'\'y\'\'\'\'\nc = 1\n',
    ],
  ];
  for (const [title, before, key, value, after] of cases) {
    it(title, () => assert.equal(setKey(before, key, value), after));
  }

  const refusals: [title: string, text: string, key: string, value: Plain][] = [
    ['an array of tables', '[[models.a.outputs]]\nname = "o"\n', 'models.a.outputs', []],
    ['a member of an array of tables', '[[m]]\na = 1\n', 'm.0.b', 1],
    ['a key without a table', '[gc]\n', 'grace', '1h'],
    ['a table that is a value', 'gc = 1\n', 'gc.grace', '1h'],
    ['a value that is a table', '[gc.grace]\n', 'gc.grace', '1h'],
    ['a string that TOML cannot hold', '[run]\n', 'run.model', '\ud800'],
  ];
  for (const [title, text, key, value] of refusals) {
    it(`asks for an edit by hand for ${title}`, () => {
      assert.throws(
        () => setKey(text, key, value),
        (error: CosmosError) => isInvalid(error) && error.hint !== undefined,
      );
    });
  }

  it('refuses a text that is no TOML', () => {
    assert.throws(() => setKey('[gc]\ngrace = \n', 'gc.grace', '1h'), /line 2: not valid TOML/);
  });

  for (const key of ['', 'gc.', 'gc.a = 1 #', 'gc.a=0#', 'gc.a = 0\n#', '[gc]']) {
    it(`refuses the key ${JSON.stringify(key)}`, () =>
      assert.throws(() => setKey('[gc]\n', key, 1), /is not a key/));
  }
});

describe('unsetKey', () => {
  const cases: [title: string, before: string, key: string, after: string][] = [
    [
      'removes the line with its comment',
      '[gc]\ngrace = "1h" # c\n# d\ntrashDays = 1\n',
      'gc.grace',
      '[gc]\n# d\ntrashDays = 1\n',
    ],
    [
      'removes all lines of an array',
      '[models.a]\r\nargv = [\r\n 1\r\n]\r\nb = 1\r\n',
      'models.a.argv',
      '[models.a]\r\nb = 1\r\n',
    ],
    ['removes a dotted key', 'gc.grace = "1h"\n[run]\n', 'gc.grace', '[run]\n'],
    ['leaves a text without the key', '[gc]\n# grace = 1\n', 'gc.grace', '[gc]\n# grace = 1\n'],
    ['removes a last line without newline', '[gc]\ngrace = "1h"', 'gc.grace', '[gc]\n'],
    ['keeps a byte order mark', '\uFEFFgc.grace = "1h"\n', 'gc.grace', '\uFEFF'],
  ];
  for (const [title, before, key, after] of cases) {
    it(title, () => assert.equal(unsetKey(before, key), after));
  }

  it('asks for an edit by hand inside an inline table', () => {
    assert.throws(() => unsetKey('gc = {grace = "1h"}\n', 'gc.grace'), isInvalid);
    assert.throws(() => unsetKey('[[models.a.outputs]]\n', 'models.a.outputs'), isInvalid);
  });
});
