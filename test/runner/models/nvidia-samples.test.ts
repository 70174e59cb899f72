import assert from 'node:assert/strict';
import {existsSync, readdirSync} from 'node:fs';
import {copyFile, mkdir, readFile, writeFile} from 'node:fs/promises';
import {dirname, extname, join, relative, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {Json} from '../../../src/runner/json.ts';
import {SMALL, writeClip} from '../../media/clips.ts';
import {PLAIN} from '../../support/request.ts';
import {temporaryFolder} from '../../support/temporary.ts';

// Errors are compared by class, so everything has to come from the same loader.
const {readSources} = await import('../../../src/runner/source.ts');
const {transfer25} = await import('../../../src/runner/models/transfer2.5/adapter.ts');
const {cosmos3} = await import('../../../src/runner/models/cosmos3/adapter.ts');

/** NVIDIA's own sample specs lie beside the checkout where they are at hand. */
const FOLDER = fileURLToPath(new URL('../../../../shared/fixtures/specs/', import.meta.url));

/** A copy of a spec below `root`, with a small file of the right kind for everything that it names. */
async function withMedia(family: string, name: string, root: string): Promise<string> {
  const path = join(root, 'deep', 'er', name);
  await mkdir(dirname(path), {recursive: true});
  await copyFile(join(FOLDER, family, name), path);
  const text = await readFile(path, 'utf8');
  const clip = join(root, 'clip.mp4');
  if (!existsSync(clip)) await writeClip(clip, {...SMALL, frames: 121});
  for (const [, file = ''] of text.matchAll(/"([^"]+\.(?:mp4|txt|json))"/g)) {
    const target = resolve(dirname(path), file);
    assert.ok(!relative(root, target).startsWith('..'), file);
    await mkdir(dirname(target), {recursive: true});
    if (extname(file) === '.mp4') await copyFile(clip, target);
    else await writeFile(target, 'a street');
  }
  return path;
}

for (const [family, model] of [
  ['transfer2.5', transfer25],
  ['cosmos3', cosmos3],
] as const) {
  describe(`${family} with NVIDIA's sample specs`, () => {
    let names: string[] = [];

    before(function () {
      if (!existsSync(join(FOLDER, family))) this.skip();
      names = readdirSync(join(FOLDER, family));
      assert.ok(names.length > 0);
    });

    it('plans every sample unchanged', async function () {
      this.timeout(30_000);
      const root = await temporaryFolder('samples');
      for (const name of names) {
        const sources = await readSources(await withMedia(family, name, root), model.specHint);
        for (const source of sources) {
          const normal = await model.normalise({...PLAIN, source});
          assert.ok('spec' in source);
          const sent = normal.makeSpec('/in');
          const strip = (spec: Json): Json => JSON.parse(JSON.stringify(spec, withoutPaths)) as Json;
          const asked = strip(source.spec);
          assert.deepEqual({...strip(sent), ...asked}, strip(sent), `${name}: a value was changed`);
          assert.ok(normal.prompt?.text, name);
          const {argv, primaryOutput} = model.plan(normal);
          assert.equal(argv.includes('examples/multiview.py'), name.includes('multiview'), name);
          assert.ok(primaryOutput?.endsWith('.mp4'), name);
        }
      }
    });
  });
}

function withoutPaths(key: string, value: unknown): unknown {
  return /_path$|_file$/.test(key) ? undefined : value;
}
