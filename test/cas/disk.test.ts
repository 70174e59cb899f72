import assert from 'node:assert/strict';
import {appendFile, readdir, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Context} from 'mocha';
import {deleteDocument, purgeTrash} from '../../src/workspace/garbage.ts';
import {initWorkspace} from '../../src/workspace/init.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {mountSmallDisk, type Disk} from '../support/disks.ts';
import {makeRun, runId} from '../support/documents.ts';
import {closeWorkspace, closeWorkspaces, newWorkspace, putRef, putText} from '../support/workspace.ts';
import {readText} from '../support/blobs.ts';

/** A workspace on a disk of its own. */
async function workspaceOnDisk(context: Context): Promise<{disk: Disk; workspace: Workspace; root: string}> {
  const disk = await mountSmallDisk('4m');
  if (!disk) return context.skip();
  const root = await initWorkspace(join(disk.folder, 'workspace'));
  return {disk, workspace: await newWorkspace(root), root};
}

async function fillDisk(folder: string): Promise<void> {
  const write = async (size: number): Promise<void> =>
    writeFile(join(folder, 'filler'), Buffer.alloc(size, 1), {flag: 'a'});
  for (const size of [1 << 18, 1 << 14, 1 << 12]) {
    for (;;) {
      const isFull = await write(size).then(
        () => false,
        () => true,
      );
      if (isFull) break;
    }
  }
}

/** Blank lines up to the end of the journal's last page, so that one more line needs room. */
async function fillLastPage(journal: string): Promise<void> {
  for (const name of await readdir(journal)) {
    const {size} = await stat(join(journal, name));
    await appendFile(join(journal, name), '\n'.repeat(4096 - (size % 4096)));
  }
}

describe('a full disk', () => {
  after(closeWorkspaces);

  it('leaves the store as it was', async function () {
    const {disk, workspace} = await workspaceOnDisk(this);
    try {
      const kept = await putRef(workspace, 'kept', 'stored in good time');
      const {ingest} = workspace.store.context.paths;
      const push = workspace.store.push(Buffer.alloc(8 << 20, 7), {mediaType: 'text/plain'});
      await assert.rejects(push, {code: 'store.full'});
      assert.deepEqual(await readdir(ingest), []);
      await fillDisk(disk.folder);
      await assert.rejects(putText(workspace, 'no room'), {code: 'store.full'});
      await assert.rejects(workspace.documents.create('runs', makeRun(runId(1))), {code: 'store.full'});
      assert.deepEqual(await readdir(ingest), []);
      assert.deepEqual(await workspace.documents.listIds('runs'), []);
      assert.equal(await readText(workspace, kept), 'stored in good time');
      await rm(join(disk.folder, 'filler'));
      const blob = await putText(workspace, 'room again');
      assert.equal(await readText(workspace, blob), 'room again');
      await workspace.documents.create('runs', makeRun(runId(1)));
    } finally {
      await closeWorkspace(workspace);
      disk.unmount();
    }
  });

  it('does not keep purge from making room', async function () {
    const {disk, workspace} = await workspaceOnDisk(this);
    try {
      await workspace.documents.create('runs', makeRun(runId(1)));
      await deleteDocument(workspace, 'runs', runId(1));
      await fillLastPage(workspace.store.context.paths.journal);
      await fillDisk(disk.folder);
      await assert.rejects(workspace.journal.append('put', {}), {code: 'store.full'});
      assert.equal((await purgeTrash(workspace)).batches, 1);
      assert.deepEqual(await readdir(workspace.store.context.paths.trash), []);
    } finally {
      await closeWorkspace(workspace);
      disk.unmount();
    }
  });
});

describe('a read-only disk', () => {
  after(closeWorkspaces);

  it('refuses to store, and says so', async function () {
    const {disk, workspace} = await workspaceOnDisk(this);
    try {
      const lease = await workspace.leases.acquire('test');
      await closeWorkspace(workspace);
      disk.makeReadOnly();
      assert.ok(lease.id);
      await assert.rejects(newWorkspace(join(disk.folder, 'workspace')), {code: 'store.readonly'});
    } finally {
      disk.unmount();
    }
  });
});
