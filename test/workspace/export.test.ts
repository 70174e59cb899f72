/** Exports are read by programs that know nothing of cosmos: sha256sum, and where it is installed skopeo. */
import assert from 'node:assert/strict';
import {execFile, execFileSync} from 'node:child_process';
import {readFile, readdir, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {Ajv2020} from 'ajv/dist/2020.js';
import type {Descriptor} from '../../src/cas/descriptor.ts';
import {hexOf} from '../../src/cas/digest.ts';
import {CosmosError} from '../../src/errors.ts';
import type {RunDocument, RunFile} from '../../src/manifest/types.gen.ts';
import {exportRuns, type ExportOptions, type ExportReport} from '../../src/workspace/export/export.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {flipOneBit, pathOfBlob, removeBlob} from '../support/blobs.ts';
import {makeRun, runId} from '../support/documents.ts';
import {makeSmallDisk} from '../support/small-disk.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {closeWorkspaces, newWorkspace, putText} from '../support/workspace.ts';

const run = promisify(execFile);

/** Names that a result may have and that somebody trips over. */
const OUTPUTS = [
  'output.txt',
  'OUTPUT.txt',
  'manifest.json',
  'sha256sums',
  'a folder/ünï "quoted".txt',
  "it's %s.txt",
];

describe('an export', () => {
  let workspace: Workspace;
  let first: RunDocument;
  let second: RunDocument;
  let folder = '';

  beforeEach(async () => {
    workspace = await newWorkspace();
    folder = join(await temporaryFolder('export'), 'out');
    first = await makeDocument(1, OUTPUTS);
    second = await makeDocument(2, ['output.txt']);
  });
  after(closeWorkspaces);

  async function makeDocument(number: number, names: readonly string[]): Promise<RunDocument> {
    const file = async (name: string, role: string): Promise<RunFile> => ({
      ...(await putText(workspace, `${name} of ${number}`)),
      mediaType: 'text/plain; charset=utf-8',
      name,
      role,
    });
    const outputs: RunFile[] = [];
    for (const name of names) outputs.push(await file(name, 'extra'));
    const inputs = [await file('color.txt', 'color')];
    const log = await putText(workspace, `log of ${number}`);
    const document = makeRun(runId(number), {status: 'completed', kind: 'custom', inputs, outputs, log});
    await workspace.documents.create('runs', document);
    return document;
  }

  const exportAll = (options: Partial<ExportOptions> = {}): Promise<ExportReport> =>
    exportRuns(workspace, [first, second], {folder, format: 'files', hasInputs: false, ...options});
  const folderOf = ({id}: RunDocument): string => join(folder, `run_${id}`);
  const manifestOf = ({id}: RunDocument): Promise<Uint8Array> => workspace.documents.readBytes('runs', id);
  async function assertNothingLeft(): Promise<void> {
    assert.deepEqual(await readdir(join(folder, '..')), []);
  }

  describe('as files', () => {
    it('is accepted by sha256sum, whatever the files are called', async () => {
      const report = await exportAll();
      assert.deepEqual(report.runs, [first.id, second.id]);
      assert.deepEqual([report.files.link, report.files.clone + report.files.copy], [0, 9]);
      for (const [each, count] of [
        [first, OUTPUTS.length + 2],
        [second, 3],
      ] as const) {
        const {stdout} = await run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], {cwd: folderOf(each)});
        assert.equal(stdout.split('\n').filter((line) => line.endsWith(': OK')).length, count);
      }
    });

    it('gives files their own names, and a number to those of which there are two', async () => {
      await exportAll({hasInputs: true});
      assert.deepEqual((await readdir(folderOf(first), {recursive: true})).sort(), [
        'OUTPUT-2.txt',
        'SHA256SUMS',
        'a folder',
        'a folder/ünï "quoted".txt',
        'inputs',
        'inputs/color.txt',
        "it's %s.txt",
        'manifest-2.json',
        'manifest.json',
        'output.txt',
        'run.log',
        'sha256sums-2',
      ]);
      assert.deepEqual(
        await readFile(join(folderOf(first), 'manifest.json')),
        Buffer.from(await manifestOf(first)),
      );
      assert.equal(await readFile(join(folderOf(first), 'manifest-2.json'), 'utf8'), 'manifest.json of 1');
      assert.equal(await readFile(join(folderOf(first), 'inputs', 'color.txt'), 'utf8'), 'color.txt of 1');
    });

    it('may be edited: the store is not', async () => {
      await exportAll();
      const path = join(folderOf(second), 'output.txt');
      await writeFile(path, 'edited');
      const [output] = second.outputs as [RunFile];
      assert.equal(await readFile(pathOfBlob(workspace, output), 'utf8'), 'output.txt of 2');
    });

    it('goes into an empty folder, and into no other', async () => {
      const {stdout} = await run('mktemp', ['-d']);
      const empty = stdout.trim();
      await exportAll({folder: empty});
      const names = await readdir(empty);
      await assert.rejects(exportAll({folder: empty}), /usage\.invalid|no empty folder/);
      assert.deepEqual(await readdir(empty), names);
      await writeFile(folder, 'a file');
      await assert.rejects(exportAll(), CosmosError);
      assert.equal(await readFile(folder, 'utf8'), 'a file');
    });
  });

  for (const format of ['files', 'oci'] as const) {
    it(`as ${format} is refused, and leaves nothing, when a blob is damaged or missing`, async () => {
      const [output] = second.outputs as [RunFile];
      await flipOneBit(workspace, output);
      await assert.rejects(exportAll({format}), (error: CosmosError) => error.code === 'blob.damaged');
      await assertNothingLeft();
      await removeBlob(workspace, output);
      await assert.rejects(exportAll({format}), (error: CosmosError) => error.code === 'blob.missing');
      await assertNothingLeft();
    });
  }

  it('leaves nothing on a disk that it fills', async function () {
    const disk = await makeSmallDisk(1);
    if (!disk) return this.skip();
    try {
      const large = await workspace.store.push(Buffer.alloc(2 << 20, 1), {mediaType: 'video/mp4'});
      second = {...second, outputs: [{...large, name: 'large.mp4', role: 'extra'}]};
      const filled = exportAll({folder: join(disk.folder, 'out')});
      await assert.rejects(filled, (error: CosmosError) => error.code === 'store.full');
      assert.deepEqual(await readdir(disk.folder), []);
    } finally {
      disk.unmount();
    }
  });

  describe('as an OCI image layout', () => {
    interface Manifest {
      artifactType: string;
      config: Descriptor;
      layers: (Descriptor & {annotations: Record<string, string>})[];
    }
    const json = async <T>(...path: string[]): Promise<T> =>
      JSON.parse(await readFile(join(folder, ...path), 'utf8')) as T;
    const blobOf = ({digest}: Descriptor): string => join('blobs', 'sha256', hexOf(digest));

    it('is one by the rules of the specification', async () => {
      await exportAll({format: 'oci', hasInputs: true});
      const ajv = new Ajv2020({strict: true});
      assert.deepEqual(await json('oci-layout'), {imageLayoutVersion: '1.0.0'});
      const index = await json<{manifests: Descriptor[]}>('index.json');
      const isIndex = ajv.compile(INDEX);
      assert.ok(isIndex(index), JSON.stringify(isIndex.errors));
      const isManifest = ajv.compile(MANIFEST);
      for (const descriptor of index.manifests) {
        const manifest = await json<Manifest>(blobOf(descriptor));
        assert.ok(isManifest(manifest), JSON.stringify(isManifest.errors));
        for (const each of [descriptor, manifest.config, ...manifest.layers]) {
          assert.equal((await stat(join(folder, blobOf(each)))).size, each.size);
          const sum = execFileSync('sha256sum', [join(folder, blobOf(each))], {encoding: 'utf8'});
          assert.ok(sum.startsWith(hexOf(each.digest)));
        }
        const titles = manifest.layers.map(({annotations}) => annotations['org.opencontainers.image.title']);
        assert.equal(new Set(titles).size, titles.length);
        assert.ok(titles[0] === 'manifest.json' && titles.includes('inputs/color.txt'));
      }
    });

    it('copies nothing on the disk of the store, and makes the same bytes again', async () => {
      const {files} = await exportAll({format: 'oci'});
      assert.deepEqual([files.copy, files.clone + files.link], [0, 9]);
      const one = await readFile(join(folder, 'index.json'));
      folder = `${folder}-2`;
      await exportAll({format: 'oci'});
      assert.deepEqual(await readFile(join(folder, 'index.json')), one);
    });

    it('is read by another program', async function () {
      const skopeo = await run('skopeo', ['--version']).catch(() => undefined);
      if (!skopeo) return this.skip();
      await exportAll({format: 'oci'});
      const copy = join(await temporaryFolder('copy'), 'dir');
      await run('skopeo', ['--insecure-policy', 'copy', `oci:${folder}:${first.id}`, `dir:${copy}`]);
      const names = await readdir(copy);
      for (const {digest} of first.outputs) assert.ok(names.includes(hexOf(digest)));
    });
  });
});

/** Source: image-spec 1.1, descriptor.md, manifest.md, image-index.md and their schemas, in the words of JSON Schema 2020-12. */
const TYPE = '^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$';
const ANNOTATIONS = {type: 'object', additionalProperties: {type: 'string'}};
const DESCRIPTOR = {
  type: 'object',
  required: ['mediaType', 'digest', 'size'],
  properties: {
    mediaType: {type: 'string', pattern: TYPE},
    digest: {type: 'string', pattern: '^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$'},
    size: {type: 'integer', minimum: 0},
    artifactType: {type: 'string', pattern: TYPE},
    annotations: ANNOTATIONS,
  },
};
const INDEX = {
  type: 'object',
  required: ['schemaVersion', 'manifests'],
  properties: {
    schemaVersion: {const: 2},
    mediaType: {const: 'application/vnd.oci.image.index.v1+json'},
    manifests: {type: 'array', minItems: 1, items: DESCRIPTOR},
  },
};
/** An artifact without a config has the empty one, and then has to say what it is. */
const MANIFEST = {
  type: 'object',
  required: ['schemaVersion', 'mediaType', 'artifactType', 'config', 'layers'],
  properties: {
    schemaVersion: {const: 2},
    mediaType: {const: 'application/vnd.oci.image.manifest.v1+json'},
    artifactType: {type: 'string', pattern: TYPE},
    config: DESCRIPTOR,
    layers: {type: 'array', minItems: 1, items: DESCRIPTOR},
    annotations: ANNOTATIONS,
  },
};
