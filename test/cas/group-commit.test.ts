import assert from 'node:assert/strict';
import {readdir} from 'node:fs/promises';
import {hashBytes} from '../../src/cas/digest.ts';
import type {PutItem} from '../../src/cas/local/put.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {diesMidway} from '../conformance/sources.ts';
import {readText} from '../support/blobs.ts';
import {closeWorkspaces, newWorkspace} from '../support/workspace.ts';

describe('LocalStore.pushAll', () => {
  let workspace: Workspace;
  before(async () => (workspace = await newWorkspace()));
  after(closeWorkspaces);

  const item = (text: string): PutItem => ({open: () => Buffer.from(text), mediaType: 'text/plain'});

  it('stores three hundred files at once', async () => {
    const texts = Array.from({length: 300}, (_, index) => `file ${index % 290}`);
    const blobs = await workspace.leases.hold('test', (lease) =>
      workspace.store.pushAll(texts.map(item), lease),
    );
    assert.deepEqual(
      blobs.map(({digest}) => digest),
      texts.map((text) => hashBytes(Buffer.from(text))),
    );
    for (const [index, blob] of blobs.entries()) assert.equal(await readText(workspace, blob), texts[index]);
    assert.equal(workspace.store.context.tables.sizes.getKeysCount(), 290);
  });

  it('stores none when one item fails', async () => {
    const bad: PutItem = {open: () => diesMidway(Buffer.from('a bad one')), mediaType: 'text/plain'};
    const items = [...Array.from({length: 40}, (_, index) => item(`good ${index}`)), bad];
    const push = workspace.leases.hold('test', (lease) => workspace.store.pushAll(items, lease));
    await assert.rejects(push, /the source died/);
    assert.equal(await workspace.store.find(hashBytes(Buffer.from('good 0'))), undefined);
    assert.deepEqual(await readdir(workspace.store.context.paths.ingest), []);
  });

  it('acknowledges nothing without its lease', async () => {
    const lease = await workspace.leases.acquire('test');
    await workspace.leases.break(lease.id);
    await assert.rejects(workspace.store.pushAll([item('leaseless')], lease), {code: 'lease.lost'});
    assert.equal(await workspace.store.find(hashBytes(Buffer.from('leaseless'))), undefined);
    assert.ok(!workspace.leases.isAnnounced(hashBytes(Buffer.from('leaseless'))));
  });

  it('acknowledges nothing when its lease is broken', async () => {
    const lease = await workspace.leases.acquire('test');
    const announce = lease.announce.bind(lease);
    lease.announce = async (digests) => {
      await announce(digests);
      await workspace.leases.break(lease.id);
    };
    await assert.rejects(workspace.store.pushAll([item('broken lease')], lease), {code: 'lease.lost'});
  });
});
