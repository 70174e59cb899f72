import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdir, readdir, readFile, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {mountSmallDisk} from '../../../support/disks.ts';
import {hasSshd} from '../../../support/sshd.ts';
import {
  BARE_SERVER,
  failsWith,
  READ_ONLY_SERVER,
  closeTransfers,
  startTransfers,
  type TransferBench,
} from './transfer-bench.ts';

const servers = [
  {name: 'with all extensions', config: undefined},
  {name: 'without any extension', config: BARE_SERVER},
];

for (const {name, config} of servers) {
  describe(`files of a server ${name}`, function () {
    this.timeout(30_000);
    let bench: TransferBench;
    const at = (...names: string[]): string => join(bench.root, ...names);

    before(async function () {
      if (!hasSshd()) this.skip();
      bench = await startTransfers(config === undefined ? {} : {config});
    });

    after(closeTransfers);

    it('writes and replaces files, leaving no drafts', async () => {
      await mkdir(at('written'));
      const path = at('written', 'job.json');
      await bench.transport.writeFile(path, Buffer.from('first'));
      await bench.transport.writeFile(path, Buffer.alloc(600_000, 'second'));
      assert.deepEqual(await readFile(path), Buffer.alloc(600_000, 'second'));
      assert.deepEqual(await readdir(at('written')), ['job.json']);
      assert.deepEqual(
        Buffer.from((await bench.transport.readFile(path)) ?? []),
        Buffer.alloc(600_000, 'second'),
      );
    });

    it('tells a missing file from a broken one', async () => {
      assert.equal(await bench.transport.readFile(at('none')), undefined);
      assert.equal(await bench.transport.readFile(at('none', 'deeper')), undefined);
      assert.equal(await bench.transport.sizeOf(at('none')), undefined);
      await assert.rejects(bench.transport.readFile(bench.root), failsWith('target.failed', /not a regular/));
    });

    it('refuses records of more than 4 MiB', async () => {
      await writeFile(at('huge'), Buffer.alloc((4 << 20) + 1));
      await assert.rejects(bench.transport.readFile(at('huge')), failsWith('target.failed', /too large/));
      await writeFile(at('huge'), Buffer.alloc(4 << 20, 7));
      assert.equal((await bench.transport.readFile(at('huge')))?.length, 4 << 20);
    });

    it('follows no links and opens no pipes', async () => {
      await writeFile(at('secret'), 'secret');
      await symlink(at('secret'), at('link'));
      await symlink(bench.root, at('folder-link'));
      execFileSync('mkfifo', [at('pipe')]);
      assert.equal(await bench.transport.sizeOf(at('link')), undefined);
      assert.equal(await bench.transport.sizeOf(at('pipe')), undefined);
      assert.equal(await bench.transport.sizeOf(at('secret')), 6);
      assert.equal(await bench.transport.isFolder(at('folder-link')), false);
      for (const special of ['link', 'pipe'])
        await assert.rejects(
          bench.transport.readFile(at(special)),
          failsWith('target.failed', /not a regular/),
        );
    });

    it('lets one of many claim a folder', async () => {
      const claims = await Promise.all(
        Array.from({length: 8}, () => bench.transport.claimFolder(at('claimed'))),
      );
      assert.equal(claims.filter(Boolean).length, 1);
      assert.equal(await bench.transport.isFolder(at('claimed')), true);
      await writeFile(at('taken'), '');
      assert.equal(await bench.transport.claimFolder(at('taken')), false);
      await assert.rejects(
        bench.transport.claimFolder(at('no', 'parent')),
        failsWith('target.failed', /no such file/),
      );
    });

    it('makes parents, also behind a link', async () => {
      await mkdir(at('data'));
      await symlink(at('data'), at('to-data'));
      const path = at('to-data', 'a', 'b', 'c');
      await Promise.all([bench.transport.ensureFolder(path), bench.transport.ensureFolder(path)]);
      await bench.transport.ensureFolder(path);
      assert.equal(existsSync(at('data', 'a', 'b', 'c')), true);
      await writeFile(at('in-the-way'), '');
      await assert.rejects(bench.transport.ensureFolder(at('in-the-way', 'x')), failsWith('target.failed'));
    });

    it("removes a job's folder and nothing else", async () => {
      await mkdir(at('jobs', 'two', 'deep'), {recursive: true});
      await symlink(at('blobs'), at('jobs', 'two', 'link'));
      await bench.transport.removeFolder(at('jobs', 'two'));
      assert.deepEqual([existsSync(at('jobs', 'two')), existsSync(at('blobs'))], [false, true]);
      await bench.transport.removeFolder(at('jobs', 'two'));
      const wrong = [
        'blobs',
        'jobs',
        'jobs/',
        'jobs/.',
        'jobs/..',
        'jobs/one/inputs',
        'jobs/one/',
        'jobs/a b',
      ];
      for (const path of [...wrong.map((name) => `${bench.root}/${name}`), 'jobs/one', '/', ''])
        await assert.rejects(bench.transport.removeFolder(path), /refusing to remove/);
      assert.equal(existsSync(at('jobs', 'one')), true);
    });

    it('says so when the disk is full', async function () {
      const disk = await mountSmallDisk('1m');
      if (!disk) this.skip();
      try {
        const code = config === undefined ? 'target.full' : 'target.failed';
        const path = join(disk.folder, 'large');
        await assert.rejects(bench.transport.writeFile(path, Buffer.alloc(2 << 20)), failsWith(code));
        await bench.transport.writeFile(join(disk.folder, 'small'), Buffer.from('fits'));
        assert.deepEqual(await readdir(disk.folder), ['small']);
      } finally {
        disk.unmount();
      }
    });
  });
}

describe('files of a read-only server', function () {
  after(closeTransfers);

  it('fail to be written with a reason', async function () {
    if (!hasSshd()) this.skip();
    const bench = await startTransfers({config: READ_ONLY_SERVER});
    try {
      await writeFile(join(bench.root, 'there'), 'there');
      assert.equal(
        Buffer.from((await bench.transport.readFile(join(bench.root, 'there'))) ?? []).toString(),
        'there',
      );
      const path = join(bench.root, 'new');
      const isRefused = failsWith('target.failed', /permission denied/);
      await assert.rejects(bench.transport.writeFile(path, Buffer.from('x')), isRefused);
      await assert.rejects(bench.transport.claimFolder(path), isRefused);
      await assert.rejects(bench.transport.ensureFolder(path), isRefused);
    } finally {
      await bench.close();
    }
  });
});
