import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {loadSettings} from '../../../src/workspace/settings/load.ts';
import {getSchema, listKeys, resolveNode} from '../../../src/workspace/settings/schema.ts';
import {temporaryFolder} from '../../support/temporary.ts';

const PAGE = await readFile(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');

describe('docs/configuration.md', () => {
  it('lists exactly the keys of the schema', async () => {
    const listed = [
      ...PAGE.matchAll(/^\| `((?:[a-z]+|models\.enhance|(?:models|targets)\.NAME)\.[a-zA-Z]+)` \|/gm),
    ].map((match) => match[1]);
    const known = listKeys(await getSchema()).map((each) => each.key);
    assert.deepEqual(listed, known);
  });

  it('gives meaning, default and variable as the schema does', async () => {
    for (const {key, description, variable, default: fallback} of listKeys(await getSchema())) {
      const row = PAGE.split('\n').find((line) => line.startsWith(`| \`${key}\` |`)) ?? '';
      assert.ok(row.endsWith(`| ${description} |`), key);
      if (fallback !== undefined) assert.ok(row.includes(`| \`${JSON.stringify(fallback)}\` |`), key);
      if (variable !== undefined) assert.ok(row.includes(`| \`${variable}\` |`), key);
    }
  });

  it('lists the keys of an output', async () => {
    const schema = await getSchema();
    const output = resolveNode(schema, {$ref: '#/$defs/modelOutput'});
    for (const name of Object.keys(output.properties ?? {}))
      assert.match(PAGE, new RegExp(`^\\| \`${name}\` \\|`, 'm'));
  });

  it('shows examples that load', async () => {
    const workspaceFile = join(await temporaryFolder('settings'), 'cosmos.toml');
    const examples = [...PAGE.matchAll(/^```toml\n(.*?)^```/gms)].map((match) => match[1] ?? '');
    assert.equal(examples.length, 2);
    await writeFile(workspaceFile, examples.join('\n'));
    const {settings} = await loadSettings({workspaceFile});
    assert.deepEqual(settings.gc, {grace: '2d', trashDays: 7});
    assert.equal(settings.models[settings.run.model]?.outputs.length, 2);
  });
});
