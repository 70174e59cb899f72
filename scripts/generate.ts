/**
 * Writes the text that is generated from other text: types from the JSON Schemas, the oclif manifest, the
 * command reference. `npm run generate` writes it, `npm run check` fails when what is committed differs.
 */
import {execFileSync} from 'node:child_process';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {Ajv2020, type Options} from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';
import {compile, type JSONSchema} from 'json-schema-to-typescript';
import {generateSettingsTypes} from '../test/workspace/settings/generate-types.ts';

const ROOT = join(fileURLToPath(import.meta.url), '..', '..');
const DOCUMENTS = ['run-v1', 'prompt-v1', 'ref-v1', 'pin-v1'];
/** Specs of models; the finding of a mistake says the description of what it stands in. */
const SPECS = ['transfer1', 'transfer2.5', 'transfer2.5-multiview', 'cosmos3'];
const BANNER = '/* Generated from schemas/ by npm run generate; change the schema, not this file. */';

async function writeTypes(): Promise<void> {
  const parts = await Promise.all(DOCUMENTS.map(typesOf));
  const text = `${BANNER}\nimport type {Digest} from '../cas/digest.ts';\n\n${parts.join('\n')}`;
  await writeFile(join(ROOT, 'src/manifest/types.gen.ts'), brandDigests(text));
  await writeFile(join(ROOT, 'src/workspace/settings/settings.gen.ts'), await generateSettingsTypes());
}

/** Compiled ahead of time: ajv's compiler costs more at the start of a command than all else that a listing does. */
async function writeValidators(): Promise<void> {
  const folder = join(ROOT, 'src/manifest/validators');
  await mkdir(folder, {recursive: true});
  for (const name of DOCUMENTS) {
    const file = join(folder, `${name.replace('-v1', '')}.gen.ts`);
    await writeFile(file, await validatorOf(name));
  }
  // The findings of settings quote the schema.
  const settings = await validatorOf('settings-v1', {verbose: true});
  await writeFile(join(ROOT, 'src/workspace/settings/validate.gen.ts'), settings);
  const specs = join(ROOT, 'src/runner/models/validators');
  await mkdir(specs, {recursive: true});
  for (const name of SPECS)
    await writeFile(join(specs, `${name}.gen.ts`), await validatorOf(join('models', name), {verbose: true}));
}

async function validatorOf(name: string, options: Options = {}): Promise<string> {
  const schema = JSON.parse(await readFile(join(ROOT, 'schemas', `${name}.schema.json`), 'utf8')) as object;
  const ajv = new Ajv2020({
    ...options,
    allErrors: true,
    strictRequired: false,
    allowUnionTypes: true,
    strictTypes: false,
    code: {source: true, esm: true},
  });
  const code = standaloneCode.default(ajv, ajv.compile(schema));
  const body = code
    .replace('"use strict";', '')
    .replace(/export default \w+;/, '')
    // The length of a string in code points, as the specification counts it.
    .replaceAll('require("ajv/dist/runtime/ucs2length").default', '(text) => [...text].length')
    .replaceAll('require("ajv/dist/runtime/equal").default', 'isDeepStrictEqual');
  if (body.includes('require('))
    throw new Error(`the validator of ${name} needs a helper that is not known here`);
  const helper = body.includes('isDeepStrictEqual') ? "import {isDeepStrictEqual} from 'node:util';\n" : '';
  return `// @ts-nocheck\n${BANNER}\n${helper}${body}\n`;
}

/** A schema can only say that a digest is a string of a certain form; the type says that it was checked. */
function brandDigests(text: string): string {
  return text.replace('export type Digest = string;\n', '').replaceAll('digest: string;', 'digest: Digest;');
}

async function typesOf(name: string): Promise<string> {
  const schema = JSON.parse(
    await readFile(join(ROOT, 'schemas', `${name}.schema.json`), 'utf8'),
  ) as JSONSchema;
  delete schema.oneOf;
  return compile(schema, name, {
    bannerComment: '',
    additionalProperties: false,
    format: true,
    style: {singleQuote: true, bracketSpacing: false, printWidth: 110},
  });
}

/** oclif lists the commands in the order in which their files happened to load. */
async function sortManifest(): Promise<void> {
  const file = join(ROOT, 'oclif.manifest.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as {commands: Record<string, unknown>};
  const commands = Object.entries(manifest.commands).sort(([a], [b]) => (a < b ? -1 : 1));
  await writeFile(
    file,
    `${JSON.stringify({...manifest, commands: Object.fromEntries(commands)}, null, 2)}\n`,
  );
}

function oclif(...args: string[]): void {
  execFileSync(process.execPath, [join(ROOT, 'node_modules/oclif/bin/run.js'), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {...process.env, OCLIF_SKIP_NEW_VERSION_CHECK: 'true'},
  });
}

await writeTypes();
await writeValidators();
// The models import the validators that were just written.
const {renderModels} = await import('./model-docs.ts');
await writeFile(join(ROOT, 'docs/models.md'), renderModels());
if (!process.argv.includes('--types-only')) {
  oclif('manifest');
  await sortManifest();
  oclif('readme', '--no-aliases', '--readme-path', 'docs/commands.md');
}
