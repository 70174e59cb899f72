import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {CosmosError} from '../../../src/errors.ts';
import type {Finding} from '../../../src/workspace/settings/findings.ts';
import {loadSettings} from '../../../src/workspace/settings/load.ts';
import type {SettingsSources} from '../../../src/workspace/settings/types.ts';
import {temporaryFolder} from '../../support/temporary.ts';

async function failureOf(sources: SettingsSources): Promise<CosmosError> {
  const error = await loadSettings(sources).then(
    () => assert.fail('the settings were accepted'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof CosmosError, String(error));
  assert.equal(error.code, 'config.invalid');
  return error;
}

/** The messages for a text, each as `line: message`. */
async function mistakesIn(text: string): Promise<string[]> {
  const file = join(await temporaryFolder('settings'), 'cosmos.toml');
  await writeFile(file, text);
  const error = await failureOf({workspaceFile: file});
  return (error.facts['findings'] as Finding[]).map((each) => {
    assert.equal(each.where, `${file} line ${each.line ?? NaN}`);
    assert.ok(error.message.includes(`${each.where}: ${each.message}`));
    return `${each.line ?? NaN}: ${each.message}`;
  });
}

const OUTPUTS = 'outputs = [{name = "o.mp4", mediaType = "video/mp4"}]';

describe('loadSettings, mistakes', () => {
  const single: [title: string, text: string, expected: string][] = [
    ['an unknown key', '\n[gc]\n# x\ngrase = "1h"', '4: unknown key "gc.grase" (did you mean "gc.grace"?)'],
    [
      'a key in snake case',
      '[gc]\ntrash_days = 1',
      '2: unknown key "gc.trash_days" (did you mean "gc.trashDays"?)',
    ],
    ['a key without its table', 'trashDays = 1', '1: unknown key "trashDays" (did you mean "gc.trashDays"?)'],
    [
      'a key in the wrong table',
      '[run]\nmode = "link"',
      '2: unknown key "run.mode" (did you mean "run.model"?)',
    ],
    ['a table in capitals', '[VERIFI]', '1: unknown key "VERIFI" (did you mean "verify"?)'],
    ['an empty table that is unknown', '[gc]\n[view]', '2: unknown key "view" (did you mean "views"?)'],
    [
      'a table inside the last of several',
      `[models.m]\nargv = ["a"]\n[[models.m.outputs]]\nname = "o"\nmediaType = "a/b"\n[[models.m.outputs]]\nname = "p"\nmediaType = "a/b"\n[models.m.outputs.x]`,
      '9: unknown key "models.m.outputs[1].x"',
    ],
    [
      'a table behind its own inner table',
      `[models.m.x]\n[models.m]\nargv = ["a"]`,
      '1: unknown key "models.m.x"|2: "models.m.outputs" is missing',
    ],
    ['an unknown table', '[view]\nauto = true', '1: unknown key "view" (did you mean "views"?)'],
    ['a key like none', '[gc]\n"a b" = 1', '2: unknown key gc."a b"'],
    ['a wrong type', '[views]\nauto = "yes"', '2: "views.auto" must be true or false, not "yes"'],
    ['a value instead of a table', 'gc = 3', '1: "gc" must be a table, not 3'],
    ['a date', '[run]\nmodel = 2020-01-01', '2: "run.model" must be a string, not a date'],
    ['a date instead of a table', 'gc = 2020-01-01', '1: "gc" must be a table, not a date'],
    [
      'a value near a choice',
      '[views]\nmode = "lnk"',
      '2: "views.mode" must be "clone" or "link", not "lnk" (did you mean "link"?)',
    ],
    [
      'a value of another type than the choices',
      '[views]\nmode = 1',
      '2: "views.mode" must be "clone" or "link", not 1',
    ],
    ['too much', '[verify]\nworkers = 65', '2: "verify.workers" must be at most 64, not 65'],
    ['too little', '[gc]\ntrashDays = -1', '2: "gc.trashDays" must be at least 0, not -1'],
    ['infinity', '[gc]\ntrashDays = inf', '2: "gc.trashDays" must be a number, not Infinity'],
    ['a fraction', '[verify]\nworkers = 1.5', '2: "verify.workers" must be a whole number, not 1.5'],
    ['an empty string', '[run]\nmodel = ""', '2: "run.model" must not be empty'],
    [
      'a bad duration',
      '[gc]\ngrace = "1 day"',
      '2: "gc.grace" must be a duration such as "24h", "30m", "7d", "1h30m" or "0", not "1 day"',
    ],
    [
      'a duration as a number',
      '[gc]\ngrace = 24',
      '2: "gc.grace" must be a duration such as "24h", "30m", "7d", "1h30m" or "0", not 24',
    ],
    ['a model without outputs', '\n[models.m]\nargv = ["a"]', '2: "models.m.outputs" is missing'],
    ['an empty command', `[models.m]\nargv = []\n${OUTPUTS}`, '2: "models.m.argv" must not be empty'],
    [
      'a reserved name',
      `[models.preview]\nargv = ["a"]\n${OUTPUTS}`,
      '1: "models.preview": the name "preview" belongs to the built-in model',
    ],
    [
      'a bad name',
      `[models."Mine!"]\nargv = ["a"]\n${OUTPUTS}`,
      '1: models."Mine!": a model\'s name has at most 40 of a-z, 0-9, ".", "_" and "-", and starts with a letter',
    ],
    [
      'an unknown key of a model',
      `[models.m]\nargs = ["a"]\nargv = ["a"]\n${OUTPUTS}`,
      '2: unknown key "models.m.args" (did you mean "models.m.argv"?)',
    ],
    [
      'a member of a list',
      `[models.m]\nargv = [\n  "a",\n  7,\n]\n${OUTPUTS}`,
      '4: "models.m.argv[1]" must be a string, not 7',
    ],
    [
      'a path that leaves the folder',
      '[models.m]\nargv = ["a"]\n\n[[models.m.outputs]]\nname = "../o"\nmediaType = "video/mp4"',
      '5: "models.m.outputs[0].name" must be a relative file name with "/" between folders and no "..", not "../o"',
    ],
    [
      'an unknown key of an output',
      '[models.m]\nargv = ["a"]\n[[models.m.outputs]]\nname = "o"\nmediaType = "a/b"\n[[models.m.outputs]]\nname = "p"\nmediatype = "a/b"\nmediaType = "a/b"',
      '8: unknown key "models.m.outputs[1].mediatype" (did you mean "mediaType"?)',
    ],
    [
      'two primary outputs',
      '[models.m]\nargv = ["a"]\noutputs = [{name = "o", mediaType = "a/b", primary = true}, {name = "p", mediaType = "a/b", primary = true}]',
      '3: "models.m.outputs" must be a list with at most one primary file, not [{"name":"o","mediaType":"a/b","primary":true},{"name":"p...',
    ],
    [
      'a value with a variable',
      `[models.m]\nenv = ["A=1"]\nargv = ["a"]\n${OUTPUTS}`,
      '2: "models.m.env[0]" must be the name of an environment variable, without a value, not "A=1"',
    ],
    [
      'the same input twice',
      `[models.m]\ninputs = ["a", "a"]\nargv = ["a"]\n${OUTPUTS}`,
      '2: "models.m.inputs" must be a list without repetitions, not ["a","a"]',
    ],
  ];
  for (const [title, text, expected] of single) {
    it(`names ${title}`, async () => assert.equal((await mistakesIn(text)).join('|'), expected));
  }

  const targets: [key: string, requirement: string, refused: string[], taken: string[]][] = [
    [
      'host',
      'a name, an address',
      ['"a b"', '"u@h"', '"h:22"', '"http://h"', '"-h"', '""'],
      ['"h"', '"::1"'],
    ],
    ['user', 'the name of a user', ['"a b"', '"-l"', '"a:b"', '""'], ['"ubuntu"', '"me@corp"']],
    ['key', 'an absolute path', ['"id"', '"./id"', '"~bob/id"', '""'], ['"/k"', '"~/.ssh/k"', "'C:\\k'"]],
    [
      'root',
      'a folder such as',
      ['"/"', '"../x"', '"a/.."', '"~bob/x"', '"a:b"', '"a,b"', '"a\\nb"'],
      ['"x"', '"~/x"', '"/d/x y"'],
    ],
    [
      'image',
      'the name of an image',
      ['"A b"', '"-x"', '"UP"', '"a:b:c"', '"x@sha256:12"', '""'],
      ['"r.example:5000/t/i:1"', `"i@sha256:${'a'.repeat(64)}"`],
    ],
    ['checkout', 'an absolute path there', ['"rel"', '"~/x"', '"/"', '"/a:b"', '"/a,b"'], ['"/home/u/x"']],
    [
      'mounts',
      'SOURCE:TARGET',
      ['["/a"]', '["a:/b"]', '["/a:/"]', '["/a:/b:rw"]'],
      ['["/a:/b", "/c:/d:ro"]'],
    ],
    ['shm', 'a whole number with', ['"8"', '"8G"', '"0g"'], ['"512m"']],
    ['currency', 'three capital letters', ['"usd"', '"€"'], ['"EUR"']],
  ];
  for (const [key, requirement, refused, taken] of targets) {
    it(`says what ${key} of a target must be`, async () => {
      const lines = (value: string): string =>
        key === 'host' ? `[targets.t]\nhost = ${value}` : `[targets.t]\nhost = "h"\n${key} = ${value}`;
      for (const value of refused) {
        const [mistake = ''] = await mistakesIn(lines(value));
        assert.ok(
          mistake.includes(`"targets.t.${key}`) && mistake.includes(` must be ${requirement}`),
          mistake,
        );
      }
      for (const value of taken) {
        const file = join(await temporaryFolder('settings'), 'cosmos.toml');
        await writeFile(file, lines(value));
        assert.ok((await loadSettings({workspaceFile: file})).settings.targets['t'], value);
      }
    });
  }

  for (const name of ['/o', 'a/', 'a//b', './a', 'a/..', 'a\\\\b', 'c:o', 'a\\u0000']) {
    it(`refuses the output name ${name}`, async () => {
      const text = `[models.m]\nargv = ["a"]\noutputs = [{name = "${name}", mediaType = "a/b"}]`;
      assert.match((await mistakesIn(text)).join(), /outputs\[0\]\.name" must be a relative file name/);
    });
  }

  it('reports all mistakes in the order of lines', async () => {
    const text = '[verify]\nworkers = 0\n[gc]\ngrase = "1h"\ntrashDays = "a"\n[run]\nmodel = 1\n';
    const lines = (await mistakesIn(text)).map((each) => each.split(':', 1)[0]);
    assert.deepEqual(lines, ['2', '4', '5', '7']);
  });

  it('takes no word of JavaScript for a switch', async () => {
    const error = await failureOf({env: {COSMOS_VIEWS_AUTO: 'constructor'}});
    assert.match(error.message, /must be true or false, not "constructor"$/);
  });

  it('names the line of broken TOML', async () => {
    assert.deepEqual(await mistakesIn('[gc]\n\ngrace = "1h\n'), [
      '3: not valid TOML: control characters are not allowed in strings',
    ]);
  });

  it('reports all sources in one error', async () => {
    const folder = await temporaryFolder('settings');
    const sources = {workspaceFile: join(folder, 'cosmos.toml'), userFile: join(folder, 'user.toml')};
    await writeFile(sources.workspaceFile, '[gc]\ngrace = 1 2\n');
    await writeFile(sources.userFile, 'x = 1\n');
    const env = {COSMOS_VIEWS_AUTO: 'maybe', COSMOS_VERIFY_WORKERS: '0x10'};
    const error = await failureOf({...sources, env, flags: {'gc.grase': '1h'}});
    assert.deepEqual(error.message.split('\n'), [
      '5 mistakes in the settings:',
      'flag: unknown key "gc.grase" (did you mean "gc.grace"?)',
      'environment variable COSMOS_VIEWS_AUTO: "views.auto" must be true or false, not "maybe"',
      'environment variable COSMOS_VERIFY_WORKERS: "verify.workers" must be a whole number, not "0x10"',
      `${sources.workspaceFile} line 2: not valid TOML: each key-value declaration must be followed by an end-of-line`,
      `${sources.userFile} line 1: unknown key "x"`,
    ]);
    assert.match(error.hint ?? '', /Correct this line/);
  });

  it('refuses files that cannot be read', async () => {
    const folder = await temporaryFolder('settings');
    await mkdir(join(folder, 'cosmos.toml'));
    await writeFile(join(folder, 'user.toml'), Buffer.from([0x5b, 0xff, 0x5d]));
    const error = await failureOf({
      workspaceFile: join(folder, 'cosmos.toml'),
      userFile: join(folder, 'user.toml'),
    });
    assert.match(error.message, /cosmos\.toml: cannot be read: .*EISDIR/);
    assert.match(error.message, /user\.toml: cannot be read: it is not UTF-8 text/);
  });
});
