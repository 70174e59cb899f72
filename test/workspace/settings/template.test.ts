import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {setKey} from '../../../src/workspace/settings/edit.ts';
import {loadSettings} from '../../../src/workspace/settings/load.ts';
import {getSchema, listKeys} from '../../../src/workspace/settings/schema.ts';
import {settingsTemplate} from '../../../src/workspace/settings/template.ts';
import type {LoadedSettings} from '../../../src/workspace/settings/types.ts';
import {temporaryFolder} from '../../support/temporary.ts';

async function load(text: string): Promise<LoadedSettings> {
  const workspaceFile = join(await temporaryFolder('settings'), 'cosmos.toml');
  await writeFile(workspaceFile, text);
  return loadSettings({workspaceFile});
}

/** Key lines and headers lose their `# `; explanations stay. */
function uncomment(text: string): string {
  return text.replaceAll(/^# (?=[A-Za-z]+ = |\[+[a-z.]+\]+$)/gm, '');
}

describe('settingsTemplate', () => {
  it('sets nothing as it stands', async () => {
    const loaded = await load(settingsTemplate());
    assert.deepEqual(loaded.entries(), (await loadSettings({})).entries());
  });

  it('is loaded without a validator', async () => {
    const workspaceFile = join(await temporaryFolder('settings'), 'cosmos.toml');
    await writeFile(workspaceFile, settingsTemplate());
    const program = `
      import {createRequire} from 'node:module';
      import {loadSettings} from './src/workspace/settings/load.ts';
      await loadSettings({workspaceFile: ${JSON.stringify(workspaceFile)}});
      const loaded = Object.keys(createRequire(import.meta.url).cache);
      console.log(loaded.filter((file) => file.includes('ajv')).length);`;
    const cwd = fileURLToPath(new URL('../../..', import.meta.url));
    const args = ['--import', 'tsx', '--input-type=module', '--eval', program];
    assert.equal((await promisify(execFile)(process.execPath, args, {cwd})).stdout, '0\n');
  });

  it('shows every key with its default', async () => {
    const loaded = await load(uncomment(settingsTemplate()));
    for (const {key, origin} of loaded.entries()) assert.equal(origin.layer, 'workspace', key);
    for (const {key, path, default: fallback} of listKeys(await getSchema())) {
      const name = path.map((each) => (each === 'NAME' ? 'example' : each)).join('.');
      const entry = loaded.entries().find((each) => each.key === name);
      assert.ok(entry, key);
      if (fallback !== undefined && path[0] !== 'models' && path[0] !== 'targets')
        assert.equal(entry.value, fallback, key);
    }
  });

  it('gets a key right behind its explanation', () => {
    const text = setKey(settingsTemplate(), 'gc.grace', '1h');
    assert.match(text, /\n# grace = "24h"\ngrace = "1h"\n\n# How many days/);
  });

  it('ends every line within 120 columns', () => {
    assert.ok(
      settingsTemplate()
        .split('\n')
        .every((line) => line.length <= 120),
    );
  });
});
