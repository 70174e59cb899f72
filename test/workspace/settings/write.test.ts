import assert from 'node:assert/strict';
import {lstat, readFile, readdir, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {removeSetting, writeSetting} from '../../../src/workspace/settings/write.ts';
import type {Plain} from '../../../src/workspace/settings/toml/data.ts';
import {temporaryFolder} from '../../support/temporary.ts';

async function fileWith(text: string): Promise<string> {
  const file = join(await temporaryFolder('settings'), 'cosmos.toml');
  await writeFile(file, text);
  return file;
}

const MODEL = '[models."m.1"]\nargv = ["a"]\noutputs = [{name = "o", mediaType = "a/b"}]\n';

describe('writeSetting', () => {
  const good: [key: string, value: Plain, line: string][] = [
    ['gc.grace', '2h', 'grace = "2h"'],
    ['gc.trashDays', '14', 'trashDays = 14'],
    ['gc.trashDays', 0.5, 'trashDays = 0.5'],
    ['views.auto', 'false', 'auto = false'],
    ['verify.workers', ' 8 ', 'workers = 8'],
    ['models.m.1.argv', '["b", "{outputs}"]', 'argv = ["b", "{outputs}"]'],
    ['models."m.1".timeout', '1h', 'timeout = "1h"'],
  ];
  for (const [key, value, line] of good) {
    it(`writes ${key} from ${JSON.stringify(value)}`, async () => {
      const file = await fileWith(`# mine\r\n${MODEL}`);
      await writeSetting(file, key, value);
      const text = await readFile(file, 'utf8');
      assert.ok(text.split(/\r?\n/).includes(line), text);
      assert.deepEqual(await readdir(join(file, '..')), ['cosmos.toml']);
    });
  }

  const bad: [key: string, value: Plain, message: RegExp][] = [
    ['gc.grase', '2h', /unknown key "gc\.grase" \(did you mean "gc\.grace"\?\)/],
    ['gc', '2h', /unknown key "gc"/],
    ['gc.grace', '2 h', /"gc\.grace" must be a duration/],
    ['views.auto', 'maybe', /"views\.auto" must be true or false, not "maybe"/],
    ['verify.workers', 65, /^"verify\.workers" must be at most 64, not 65$/],
    ['models.m.1.argv', 'b', /must be an array such as \["b"\], not "b"/],
    ['models.m.1.argv', '[b, -c]', /must be an array such as \["b", "-c"\], not/],
    ['models.argv', '["b"]', /unknown key "models\.argv"/],
    ['models.m.1.argv', '["b"]\nc = 1', /must be an array such as/],
    ['models.m.1.inputs', '[1]', /models\."m\.1"\.inputs\[0\] must be a name/],
    ['models.new.timeout', '1h', /"models\.new\.argv" is missing/],
    ['models.preview.timeout', '1h', /belongs to the built-in model/],
  ];
  for (const [key, value, message] of bad) {
    it(`refuses ${key} = ${JSON.stringify(value)} and writes nothing`, async () => {
      const file = await fileWith(MODEL);
      await assert.rejects(
        writeSetting(file, key, value, () => assert.fail('written')),
        {code: 'config.invalid', message},
      );
    });
  }

  it('makes a file that does not exist', async () => {
    const file = join(await temporaryFolder('settings'), 'cosmos.toml');
    await writeSetting(file, 'run.model', 'mine');
    assert.equal(await readFile(file, 'utf8'), '[run]\nmodel = "mine"\n');
  });

  it('does not write what is already there', async () => {
    const file = await fileWith('[run]\nmodel = "mine"\n');
    await writeSetting(file, 'run.model', 'mine', () => assert.fail('written'));
  });

  it('works beside other mistakes of the file', async () => {
    const file = await fileWith('[gc]\ngrase = 1\ngrace = 24\n');
    await writeSetting(file, 'gc.grace', '1h');
    assert.equal(await readFile(file, 'utf8'), '[gc]\ngrase = 1\ngrace = "1h"\n');
  });

  it('leaves a broken file alone and names its line', async () => {
    const file = await fileWith('[gc]\ngrace =\n');
    await assert.rejects(writeSetting(file, 'gc.grace', '1h'), {
      message: /cosmos\.toml line 2: not valid TOML/,
    });
  });

  it('keeps a link and replaces its target', async () => {
    const target = await fileWith('');
    const link = join(await temporaryFolder('settings'), 'cosmos.toml');
    await symlink(target, link);
    await writeSetting(link, 'views.auto', false);
    assert.ok((await lstat(link)).isSymbolicLink());
    assert.equal(await readFile(target, 'utf8'), '[views]\nauto = false\n');
  });

  it('keeps a byte order mark', async () => {
    const file = await fileWith('\uFEFF[gc]\n');
    await writeSetting(file, 'gc.trashDays', 1);
    assert.equal(await readFile(file, 'utf8'), '\uFEFF[gc]\ntrashDays = 1\n');
  });
});

describe('removeSetting', () => {
  it('removes the key and nothing else', async () => {
    const file = await fileWith('[gc]\ngrace = "1h"\ntrashDays = 1\n');
    await removeSetting(file, 'gc.grace');
    assert.equal(await readFile(file, 'utf8'), '[gc]\ntrashDays = 1\n');
  });

  it('refuses to remove what a model needs', async () => {
    const file = await fileWith(MODEL);
    await assert.rejects(removeSetting(file, 'models.m.1.argv'), {
      message: /argv is missing|argv" is missing/,
    });
    assert.equal(await readFile(file, 'utf8'), MODEL);
  });
});
