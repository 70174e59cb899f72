/**
 * Exports as OCI image layouts, held to the published schemas, to a reader made of the specification's words, and to skopeo
 * where it is installed.
 */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdir, readFile, readdir, stat, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {Ajv, type ValidateFunction} from 'ajv';
import type {Descriptor} from '../../src/cas/descriptor.ts';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {pathOfBlob} from '../support/blobs.ts';
import {makeExportBench, type ExportBench} from '../support/exports.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {readVector} from '../support/vectors.ts';
import {closeWorkspaces, putText} from '../support/workspace.ts';
import {sha256} from '../support/workspaces.ts';

const run = promisify(execFile);

const SCHEMAS = [
  'defs',
  'defs-descriptor',
  'content-descriptor',
  'image-manifest-schema',
  'image-index-schema',
  'image-layout-schema',
];

interface Annotated extends Descriptor {
  artifactType?: string;
  annotations: Record<string, string>;
}
interface Manifest {
  mediaType: string;
  artifactType: string;
  config: Descriptor;
  layers: Annotated[];
}

/** The published schemas, which are of draft 4: there `id` is what is `$id` now, and their references are file names. */
async function readSchemas(): Promise<(name: string) => ValidateFunction> {
  const ajv = new Ajv({strict: false, validateFormats: false});
  for (const name of SCHEMAS) {
    const text = await readVector(`oci/${name}.json`);
    const schema = JSON.parse(text, (key, value: unknown) =>
      (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
    ) as object;
    ajv.addSchema({...schema, $id: `${name}.json`});
  }
  return (name) => ajv.getSchema(`${name}.json`) as ValidateFunction;
}

describe('an export as an OCI image layout', () => {
  let bench: ExportBench;
  beforeEach(async () => (bench = await makeExportBench()));
  after(closeWorkspaces);

  const readJson = async <T>(...path: string[]): Promise<T> =>
    JSON.parse(await readFile(join(bench.folder, ...path), 'utf8')) as T;
  const blobPath = ({digest}: Descriptor): string => join('blobs', ...digest.split(':'));

  /** By image-layout.md: a descriptor names a blob by its digest; size and digest have to be right. */
  async function readBlob(descriptor: Descriptor): Promise<Buffer> {
    const bytes = await readFile(join(bench.folder, blobPath(descriptor)));
    assert.deepEqual([`sha256:${sha256(bytes)}`, bytes.length], [descriptor.digest, descriptor.size]);
    return bytes;
  }
  async function readManifest(id: string): Promise<Manifest> {
    const {manifests} = await readJson<{manifests: Annotated[]}>('index.json');
    const found = manifests.find(({annotations}) => annotations['org.opencontainers.image.ref.name'] === id);
    assert.ok(found, `no manifest named ${id}`);
    return JSON.parse((await readBlob(found)).toString()) as Manifest;
  }
  const titleOf = ({annotations}: Annotated): string =>
    annotations['org.opencontainers.image.title'] ?? assert.fail('a layer without a title');

  it('is valid by the published schemas', async () => {
    await bench.exportAll({format: 'oci', hasInputs: true});
    const schemaOf = await readSchemas();
    const check = (name: string, value: unknown): void => {
      const isValid = schemaOf(name);
      assert.ok(isValid(value), `${name}: ${JSON.stringify(isValid.errors)}`);
    };
    check('image-layout-schema', await readJson('oci-layout'));
    const index = await readJson<{mediaType: string; manifests: Annotated[]}>('index.json');
    check('image-index-schema', index);
    for (const {id} of [bench.first, bench.second]) {
      const manifest = await readManifest(id);
      check('image-manifest-schema', manifest);
      // By manifest.md: what has the empty config says what it is.
      assert.equal(manifest.config.mediaType, 'application/vnd.oci.empty.v1+json');
      assert.equal((await readBlob(manifest.config)).toString(), '{}');
      assert.match(manifest.artifactType, /^application\/vnd\.cosmos\.run\.v1/);
    }
    assert.deepEqual(
      index.manifests.map(({mediaType, artifactType}) => [mediaType, artifactType]),
      Array.from({length: 2}, () => [
        'application/vnd.oci.image.manifest.v1+json',
        'application/vnd.cosmos.run.v1',
      ]),
    );
    for (const [name, value] of [
      ['image-layout-schema', {}],
      ['image-index-schema', {...index, manifests: [{digest: 'x'}]}],
      ['image-manifest-schema', {...(await readManifest(bench.first.id)), layers: []}],
    ] as const)
      assert.equal(schemaOf(name)(value), false, `${name} accepts anything`);
  });

  /** What `oras pull` does: every layer is written under its title. */
  async function pull({id}: RunDocument, folder: string): Promise<void> {
    for (const layer of (await readManifest(id)).layers) {
      const path = join(folder, titleOf(layer));
      await mkdir(dirname(path), {recursive: true});
      await writeFile(path, await readBlob(layer), {flag: 'wx'});
    }
  }

  it('holds the files of an export as files, under their names', async () => {
    const files = join(await temporaryFolder('files'), 'out');
    await bench.exportAll({format: 'oci', hasInputs: true});
    await bench.exportAll({format: 'files', hasInputs: true, folder: files});
    for (const document of [bench.first, bench.second]) {
      const pulled = join(await temporaryFolder('pulled'), 'run');
      await mkdir(pulled);
      await pull(document, pulled);
      const sums = join(files, `run_${document.id}`, 'SHA256SUMS');
      const {stdout} = await run('sha256sum', ['--check', '--strict', sums], {cwd: pulled});
      assert.equal(stdout.split('\n').length - 1, (await readManifest(document.id)).layers.length);
    }
  });

  it('has no blob that nothing names, and none that may be written to', async () => {
    await bench.exportAll({format: 'oci'});
    const {manifests} = await readJson<{manifests: Annotated[]}>('index.json');
    const named = new Set(manifests.map(({digest}) => digest));
    for (const {id} of [bench.first, bench.second]) {
      const {config, layers} = await readManifest(id);
      for (const {digest} of [config, ...layers]) named.add(digest);
    }
    const names = await readdir(join(bench.folder, 'blobs', 'sha256'));
    assert.deepEqual(new Set(names.map((name) => `sha256:${name}`)), named);
    for (const name of names) {
      const {mode} = await stat(join(bench.folder, 'blobs', 'sha256', name));
      assert.equal(mode & 0o222, 0);
    }
  });

  it('copies nothing on the disk of the store, and makes the same bytes again', async () => {
    const {files} = await bench.exportAll({format: 'oci'});
    assert.deepEqual([files.copy, files.clone + files.link], [0, 9]);
    const again = `${bench.folder}-2`;
    await bench.exportAll({format: 'oci', folder: again});
    for (const name of ['index.json', 'oci-layout'])
      assert.deepEqual(await readFile(join(bench.folder, name)), await readFile(join(again, name)));
    assert.deepEqual(
      await readdir(join(bench.folder, 'blobs', 'sha256')),
      await readdir(join(again, 'blobs', 'sha256')),
    );
  });

  it('never writes to a blob that it shares with the store', async () => {
    // The bytes of the empty config, and of the run's own document.
    const {workspace, first} = bench;
    const empty = await putText(workspace, '{}');
    const document = await workspace.documents.readBytes('runs', first.id);
    const own = await workspace.store.push(document, {mediaType: 'application/json'});
    const outputs = [empty, own].map((blob, index) => ({...blob, name: `${index}.json`, role: 'extra'}));
    const before = await Promise.all([empty, own].map((blob) => stat(pathOfBlob(workspace, blob))));
    await bench.exportAll({format: 'oci'}, [{...first, outputs}, bench.second]);
    for (const [index, blob] of [empty, own].entries()) {
      const {mtimeMs, size, ino} = await stat(pathOfBlob(workspace, blob));
      assert.deepEqual(
        {mtimeMs, size, ino},
        {
          mtimeMs: before[index]?.mtimeMs,
          size: before[index]?.size,
          ino: before[index]?.ino,
        },
      );
    }
    assert.deepEqual((await readManifest(first.id)).layers.map(titleOf), [
      'manifest.json',
      '0.json',
      '1.json',
      'run.log',
    ]);
  });

  it('is read by another program', async function () {
    const skopeo = await run('skopeo', ['--version']).catch(() => undefined);
    if (!skopeo) return this.skip();
    await bench.exportAll({format: 'oci'});
    for (const {id, outputs} of [bench.first, bench.second]) {
      const copy = join(await temporaryFolder('copy'), 'dir');
      await run('skopeo', ['--insecure-policy', 'copy', `oci:${bench.folder}:${id}`, `dir:${copy}`]);
      for (const {digest} of outputs) {
        const bytes = await readFile(join(copy, digest.slice('sha256:'.length)));
        assert.equal(`sha256:${sha256(bytes)}`, digest);
      }
    }
  });
});
