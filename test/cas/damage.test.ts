import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdir, readFile, stat, symlink, truncate, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import type {Descriptor} from '../../src/cas/descriptor.ts';
import {hexOf} from '../../src/cas/digest.ts';
import {listQuarantine} from '../../src/cas/local/quarantine.ts';
import {listStrays} from '../../src/cas/local/list.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {flipOneBit, pathOfBlob, readText, removeBlob} from '../support/blobs.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {closeWorkspaces, newWorkspace, putText} from '../support/workspace.ts';

describe('LocalStore.push', () => {
  let workspace: Workspace;
  before(async () => {
    workspace = await newWorkspace();
  });
  after(closeWorkspaces);

  /** What quarantine holds of a blob, after its text was stored again and read back. */
  async function storeAgain(blob: Descriptor, text: string): Promise<string[]> {
    await putText(workspace, text);
    assert.equal(await readText(workspace, blob), text);
    return (await listQuarantine(workspace.store.context)).filter((name) =>
      name.startsWith(hexOf(blob.digest)),
    );
  }

  it('makes blobs that nobody may write', async () => {
    const blob = await putText(workspace, 'read only');
    assert.equal((await stat(pathOfBlob(workspace, blob))).mode & 0o777, 0o444);
  });

  it('gives blobs names that sha256sum confirms', () => {
    const folder = workspace.store.context.paths.blobs;
    const lines = execFileSync('sh', ['-c', `find "${folder}" -type f -exec sha256sum {} +`], {
      encoding: 'utf8',
    });
    for (const line of lines.trim().split('\n')) {
      const [hex = '', path = ''] = line.split(/\s+/);
      assert.equal(hex, basename(path));
    }
  });

  it('replaces a damaged blob that was unproven', async () => {
    const blob = await putText(workspace, 'never proven');
    await flipOneBit(workspace, blob);
    assert.equal((await storeAgain(blob, 'never proven')).length, 1);
  });

  it('rehashes a present blob before trusting it', async () => {
    const blob = await putText(workspace, 'becomes proven');
    const {ledger} = workspace.store.context.tables;
    assert.equal(ledger.get(blob.digest), undefined);
    assert.deepEqual(await storeAgain(blob, 'becomes proven'), []);
    assert.equal(ledger.get(blob.digest)?.result, 'good');
  });

  it('rehashes a present blob that is marked bad', async () => {
    const blob = await putText(workspace, 'marked bad');
    const {catalog, tables} = workspace.store.context;
    await catalog.transaction(
      'test',
      () => void tables.ledger.put(blob.digest, {at: '2026-01-01T00:00:00.000Z', result: 'bad'}),
    );
    assert.deepEqual(await storeAgain(blob, 'marked bad'), []);
    assert.equal(tables.ledger.get(blob.digest)?.result, 'good');
  });

  it('forgets the proof of bytes that vanished', async () => {
    const blob = await putText(workspace, 'proof of others');
    await putText(workspace, 'proof of others');
    await removeBlob(workspace, blob);
    await putText(workspace, 'proof of others');
    assert.equal(workspace.store.context.tables.ledger.get(blob.digest), undefined);
  });

  it('replaces a blob of the wrong size', async () => {
    const blob = await putText(workspace, 'cut short');
    await putText(workspace, 'cut short');
    await truncate(pathOfBlob(workspace, blob), 3);
    const [name = ''] = await storeAgain(blob, 'cut short');
    assert.equal(await readFile(join(workspace.store.context.paths.quarantine, name), 'utf8'), 'cut');
  });

  it('writes a note beside quarantined bytes', async () => {
    const blob = await putText(workspace, 'noted');
    await truncate(pathOfBlob(workspace, blob), 3);
    const [name = ''] = await storeAgain(blob, 'noted');
    const note: unknown = JSON.parse(
      await readFile(join(workspace.store.context.paths.quarantine, `${name}.json`), 'utf8'),
    );
    assert.deepEqual(Object.keys(note as object), ['digest', 'at', 'reason']);
  });

  it('sets aside a folder named as the blob', async () => {
    const blob = await putText(workspace, 'a folder instead');
    await removeBlob(workspace, blob);
    await mkdir(pathOfBlob(workspace, blob));
    assert.equal(await workspace.store.find(blob.digest), undefined);
    assert.equal((await storeAgain(blob, 'a folder instead')).length, 1);
  });

  it('sets aside a link to right bytes', async () => {
    const elsewhere = join(await temporaryFolder('elsewhere'), 'file');
    // As long as the path: a link's own size is the length of what it points to.
    const text = 'x'.repeat(elsewhere.length);
    const blob = await putText(workspace, text);
    await putText(workspace, text);
    await writeFile(elsewhere, text);
    await removeBlob(workspace, blob);
    await symlink(elsewhere, pathOfBlob(workspace, blob));
    assert.equal(await workspace.store.find(blob.digest), undefined);
    assert.equal((await listStrays(workspace.store.context.paths)).length, 1);
    assert.equal((await storeAgain(blob, text)).length, 1);
    assert.deepEqual(await listStrays(workspace.store.context.paths), []);
    assert.ok((await stat(elsewhere)).isFile());
  });

  it('survives several writers who find damage', async () => {
    const blob = await putText(workspace, 'found by two');
    await flipOneBit(workspace, blob);
    await Promise.all([1, 2, 3, 4].map(() => putText(workspace, 'found by two')));
    assert.equal((await storeAgain(blob, 'found by two')).length, 1, 'only the damaged bytes are set aside');
  });
});

describe('LocalStore.fetch', () => {
  after(closeWorkspaces);

  it('fails at the end of damaged bytes', async () => {
    const workspace = await newWorkspace();
    const blob = await putText(workspace, 'to be damaged');
    await flipOneBit(workspace, blob);
    await assert.rejects(readText(workspace, blob), {code: 'blob.damaged'});
  });
});

describe('LocalStore.keep', () => {
  let workspace: Workspace;
  before(async () => {
    workspace = await newWorkspace();
  });
  after(closeWorkspaces);

  it('announces blobs that are in place', async () => {
    const blob = await putText(workspace, 'kept');
    const lease = await workspace.leases.acquire('test');
    await workspace.store.keep([blob], lease);
    assert.ok(workspace.leases.isAnnounced(blob.digest));
    await lease.release();
    assert.ok(!workspace.leases.isAnnounced(blob.digest));
  });

  it('says which blob is missing', async () => {
    const blob = await putText(workspace, 'lost');
    await removeBlob(workspace, blob);
    const keep = workspace.leases.hold('test', (lease) => workspace.store.keep([blob], lease));
    await assert.rejects(keep, {code: 'blob.missing', facts: {digest: blob.digest}});
  });

  it('refuses a blob of the wrong size', async () => {
    const blob = await putText(workspace, 'too short');
    await truncate(pathOfBlob(workspace, blob), 2);
    const keep = workspace.leases.hold('test', (lease) => workspace.store.keep([blob], lease));
    await assert.rejects(keep, {code: 'blob.damaged'});
  });
});
