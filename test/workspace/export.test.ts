/** Exports as plain files, which sha256sum reads; and what both formats refuse. */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdir, readFile, readdir, stat, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import type {CosmosError} from '../../src/errors.ts';
import type {RunDocument, RunFile} from '../../src/manifest/types.gen.ts';
import {FreeNames} from '../../src/workspace/export/free-names.ts';
import {flipOneBit, pathOfBlob, removeBlob} from '../support/blobs.ts';
import {makeRun, runId} from '../support/documents.ts';
import {makeEndedRun, makeExportBench, OUTPUTS, type ExportBench} from '../support/exports.ts';
import {makeSmallDisk} from '../support/small-disk.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {closeWorkspaces, putText} from '../support/workspace.ts';

const run = promisify(execFile);

describe('an export', () => {
  let bench: ExportBench;
  beforeEach(async () => (bench = await makeExportBench()));
  after(closeWorkspaces);

  const folderOf = ({id}: RunDocument): string => join(bench.folder, `run_${id}`);
  const outputOf = ({outputs}: RunDocument): RunFile => outputs[0] as RunFile;
  async function assertNothingLeft(): Promise<void> {
    assert.deepEqual(await readdir(join(bench.folder, '..')), []);
  }
  /** Asked of sha256sum itself. @returns how many files it found right */
  async function checkSums(document: RunDocument): Promise<number> {
    const {stdout} = await run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], {
      cwd: folderOf(document),
    });
    return stdout.split('\n').filter((line) => line.endsWith(': OK')).length;
  }

  describe('as files', () => {
    it('is accepted by sha256sum, whatever the files are called', async () => {
      const {first, second} = bench;
      const {runs, files, bytes} = await bench.exportAll();
      assert.deepEqual(runs, [first.id, second.id]);
      assert.deepEqual([files.link, files.clone + files.copy], [0, 9]);
      const all = [first, second].flatMap(({outputs, log}) => [...outputs, ...(log ? [log] : [])]);
      assert.equal(
        bytes,
        all.reduce((sum, {size}) => sum + size, 0),
      );
      assert.equal(await checkSums(first), OUTPUTS.length + 2);
      assert.equal(await checkSums(second), 3);
    });

    it('is accepted by sha256sum with backslashes and line breaks in names', async function () {
      if (process.platform === 'win32') return this.skip();
      const names = ['a\\b.txt', 'two\nlines.txt', ' spaces at both ends ', '-n', '*'];
      const odd = await makeEndedRun(bench.workspace, 3, names);
      await bench.exportAll({}, [odd]);
      assert.equal(await checkSums(odd), names.length + 2);
      const sums = await readFile(join(folderOf(odd), 'SHA256SUMS'), 'utf8');
      assert.equal(sums.split('\n').length, names.length + 3);
      assert.match(sums, /^\\[0-9a-f]{64} {2}a\\\\b\.txt$/m);
      assert.match(sums, /^\\[0-9a-f]{64} {2}two\\nlines\.txt$/m);
    });

    it('gives files their own names, and a number to those of which there are two', async () => {
      const {first, workspace} = bench;
      await bench.exportAll({hasInputs: true});
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
      const textOf = (name: string): Promise<string> => readFile(join(folderOf(first), name), 'utf8');
      const document = await workspace.documents.readBytes('runs', first.id);
      assert.equal(await textOf('manifest.json'), Buffer.from(document).toString());
      assert.equal(await textOf('manifest-2.json'), 'manifest.json of 1');
      assert.equal(await textOf('inputs/color.txt'), 'color.txt of 1');
    });

    it('may be edited: the store is not', async () => {
      await bench.exportAll();
      await writeFile(join(folderOf(bench.second), 'output.txt'), 'edited');
      const blob = pathOfBlob(bench.workspace, outputOf(bench.second));
      assert.equal(await readFile(blob, 'utf8'), 'output.txt of 2');
    });

    it('goes into an empty folder, and into no other', async () => {
      const {folder} = bench;
      await mkdir(folder);
      await bench.exportAll();
      const names = await readdir(folder);
      // Before anything is copied.
      const onProgress = (): void => assert.fail('it has begun');
      await assert.rejects(bench.exportAll({onProgress}), {code: 'usage.invalid'});
      assert.deepEqual(await readdir(folder), names);
      assert.deepEqual(await readdir(join(folder, '..')), ['out']);
      const file = join(folder, '..', 'file');
      await writeFile(file, 'a file');
      for (const taken of [file, join(file, 'below'), join(bench.workspace.root, 'manifests', 'out')])
        await assert.rejects(bench.exportAll({folder: taken}), {code: 'usage.invalid'});
      assert.equal(await readFile(file, 'utf8'), 'a file');
    });

    it('goes nowhere into the store, through no link either, and says where it could go', async function () {
      if (process.platform === 'win32') return this.skip();
      const {root} = bench.workspace;
      const link = join(await temporaryFolder('link'), 'link');
      await symlink(join(root, 'storage'), link);
      const better = join(root, 'export');
      for (const taken of [join(root, 'storage', 'out'), join(link, 'a', 'out')])
        await assert.rejects(bench.exportAll({folder: taken}), ({hint}: CosmosError) => {
          assert.ok(hint?.endsWith(`such as ${better}.`), hint);
          return true;
        });
      await bench.exportAll({folder: better});
    });

    it('follows a link to an empty folder', async function () {
      if (process.platform === 'win32') return this.skip();
      const real = join(await temporaryFolder('real'), 'folder');
      await mkdir(real);
      await symlink(real, bench.folder);
      await bench.exportAll();
      assert.deepEqual((await readdir(real)).length, 2);
      assert.ok((await stat(join(bench.folder, `run_${bench.first.id}`))).isDirectory());
    });
  });

  for (const format of ['files', 'oci'] as const) {
    for (const [code, harm] of [
      ['blob.damaged', flipOneBit],
      ['blob.missing', removeBlob],
    ] as const) {
      it(`as ${format} says what to do about a file with ${code}, and leaves nothing`, async () => {
        const {workspace, second} = bench;
        const output = outputOf(second);
        await harm(workspace, output);
        await assert.rejects(bench.exportAll({format}), (error: CosmosError) => {
          assert.equal(error.code, code);
          assert.ok(error.message.includes(`It is output.txt of ${second.id}`), error.message);
          assert.match(error.hint ?? '', new RegExp(`cosmos repair ${output.digest}`));
          return true;
        });
        await assertNothingLeft();
      });
    }

    it(`as ${format} refuses a run that has not ended`, async () => {
      const running = makeRun(runId(4), {status: 'running'});
      await bench.workspace.documents.create('runs', running);
      await assert.rejects(bench.exportAll({format}, [bench.first, running]), {code: 'usage.invalid'});
      await assertNothingLeft();
    });

    for (const name of ['../out', '/etc/out', 'a/../../out', 'a//out', '..'])
      it(`as ${format} writes nothing to ${name}`, async () => {
        const hostile = await makeEndedRun(bench.workspace, 5, [name]);
        await assert.rejects(bench.exportAll({format}, [hostile]), {code: 'document.invalid'});
        await assertNothingLeft();
      });

    it(`as ${format} can be made of a run with nothing but its document`, async () => {
      const empty = makeRun(runId(6), {status: 'failed'});
      await bench.workspace.documents.create('runs', empty);
      assert.equal((await bench.exportAll({format}, [empty])).bytes, 0);
      if (format === 'files') assert.equal(await checkSums(empty), 1);
    });
  }

  it('is refused by a disk without space for it, before anything is copied', async function () {
    const disk = await makeSmallDisk(1);
    if (!disk) return this.skip();
    try {
      const large = await bench.workspace.store.push(Buffer.alloc(2 << 20, 1), {mediaType: 'video/mp4'});
      const outputs = [{...large, name: 'large.mp4', role: 'extra'}];
      const filled = bench.exportAll({folder: join(disk.folder, 'out')}, [{...bench.first, outputs}]);
      await assert.rejects(filled, (error: CosmosError) => {
        assert.match(error.message, /needs 2\.1 MB at .*; 1\.0 MB are free/);
        return error.code === 'store.full';
      });
      assert.deepEqual(await readdir(disk.folder), []);
    } finally {
      disk.unmount();
    }
  });

  it('leaves nothing on a disk that it fills', async function () {
    const disk = await makeSmallDisk(1);
    if (!disk) return this.skip();
    try {
      const [output] = bench.first.outputs as [RunFile];
      // A block each, whatever their size.
      const outputs = Array.from({length: 300}, (_, index) => ({...output, name: `${index}.txt`}));
      const filled = bench.exportAll({folder: join(disk.folder, 'out')}, [{...bench.first, outputs}]);
      await assert.rejects(filled, (error: CosmosError) => {
        assert.match(error.message, /No space left/);
        return error.code === 'store.full';
      });
      assert.deepEqual(await readdir(disk.folder), []);
    } finally {
      disk.unmount();
    }
  });

  it('does not take the root of a disk, which has no name to give', async function () {
    const disk = await makeSmallDisk(1);
    if (!disk) return this.skip();
    try {
      await assert.rejects(bench.exportAll({folder: disk.folder}), /is a disk of its own/);
      await bench.exportAll({folder: join(disk.folder, 'out')});
      assert.deepEqual(await readdir(disk.folder), ['out']);
    } finally {
      disk.unmount();
    }
  });

  it('holds the spec that the model saw', async () => {
    const {digest, size} = await putText(bench.workspace, '{"seed":7}');
    const spec = {mediaType: 'application/json', digest, size};
    await bench.exportAll({}, [{...bench.first, spec}]);
    assert.equal(await readFile(join(folderOf(bench.first), 'spec.json'), 'utf8'), '{"seed":7}');
  });
});

describe('FreeNames', () => {
  const takeAll = (...names: string[]): string[] => {
    const free = new FreeNames(['manifest.json']);
    return names.map((name) => free.take(name));
  };

  it('tells apart what some system takes for one name', () => {
    assert.deepEqual(takeAll('Manifest.JSON', 'manifest-2.json'), ['Manifest-2.JSON', 'manifest-2-2.json']);
    assert.deepEqual(takeAll('\u00e9.txt', 'e\u0301.txt'), ['\u00e9.txt', 'e\u0301-2.txt']);
    assert.deepEqual(takeAll('a/x.txt', 'A/X.txt', 'a/x'), ['a/x.txt', 'A/X-2.txt', 'a/x']);
  });

  it('makes no folder of a file, and no file of a folder', () => {
    assert.deepEqual(takeAll('inputs', 'inputs/color.mp4', 'inputs/depth.mp4'), [
      'inputs',
      'inputs-2/color.mp4',
      'inputs-2/depth.mp4',
    ]);
    assert.deepEqual(takeAll('partial/a', 'Partial'), ['partial/a', 'Partial-2']);
  });
});
