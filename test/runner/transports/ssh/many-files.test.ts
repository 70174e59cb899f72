import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdir, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {ManyFile} from '../../../../src/runner/target.ts';
import {hasSshd} from '../../../support/sshd.ts';
import {failsWith, closeTransfers, startTransfers, type TransferBench} from './transfer-bench.ts';

describe('readMany', function () {
  this.timeout(30_000);
  let bench: TransferBench;

  before(async function () {
    if (!hasSshd()) this.skip();
    bench = await startTransfers();
  });

  after(closeTransfers);

  it('brings many files in order, without waiting', async () => {
    const files = Array.from({length: 1000}, (_, index) => ({
      path: join(bench.root, 'many', `${index}`),
      text: `text of ${index}`,
    }));
    await mkdir(join(bench.root, 'many'));
    for (const {path, text} of files) await writeFile(path, text);
    await bench.session.lanes(1, 2);
    bench.proxy.delayMs = 10;
    const started = performance.now();
    const read = await listMany(files.map(({path}) => path));
    bench.proxy.delayMs = 0;
    assert.deepEqual(
      read.map(({path, bytes}) => ({path, text: Buffer.from(bytes ?? []).toString()})),
      files,
    );
    // One question after the other would take 60 s and more.
    assert.ok(performance.now() - started < 6000);
  });

  it('takes hostile names as they are', async () => {
    const names = ['a\nb', "it's", '$(touch x)', '-rf', 'ü\u0301', ' ', 'back\\slash'];
    const paths = names.map((name) => join(bench.root, name));
    for (const path of paths) await writeFile(path, path);
    const read = await listMany(paths);
    assert.deepEqual(
      read.map(({bytes}) => Buffer.from(bytes ?? []).toString()),
      paths,
    );
  });

  it('tells of large files their size alone', async () => {
    const sizes = [0, 64 * 1024, 64 * 1024 + 1];
    const paths = sizes.map((size) => join(bench.root, `of-${size}`));
    for (const [index, path] of paths.entries()) await writeFile(path, Buffer.alloc(sizes[index] ?? 0, 1));
    const read = await listMany(paths);
    assert.deepEqual(
      read.map(({size, bytes}) => [size, bytes?.length ?? null]),
      [
        [0, 0],
        [65_536, 65_536],
        [65_537, null],
      ],
    );
  });

  it('fails on missing files, links and pipes', async () => {
    const good = join(bench.root, 'good');
    await writeFile(good, 'good');
    await symlink(good, join(bench.root, 'to-good'));
    execFileSync('mkfifo', [join(bench.root, 'a-pipe')]);
    for (const name of ['none', 'to-good', 'a-pipe'])
      await assert.rejects(listMany([good, join(bench.root, name)]), failsWith('target.failed'));
    assert.equal((await listMany([good])).length, 1);
    assert.equal((await listMany([])).length, 0);
  });

  it('fails when the connection breaks', async () => {
    const path = join(bench.root, 'good');
    const paths = Array.from({length: 2000}, () => path);
    const reading = listMany(paths, () => bench.proxy.cut());
    await assert.rejects(reading, failsWith('target.unreachable'));
  });

  async function listMany(paths: string[], onFile: () => void = () => undefined): Promise<ManyFile[]> {
    const files: ManyFile[] = [];
    for await (const file of bench.transport.readMany(paths)) {
      files.push(file);
      onFile();
    }
    return files;
  }
});
