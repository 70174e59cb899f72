import assert from 'node:assert/strict';
import {mkdir, rename} from 'node:fs/promises';
import {basename, join} from 'node:path';
import type {BlobFacts, Descriptor} from '../../src/cas/descriptor.ts';
import {hexOf} from '../../src/cas/digest.ts';
import {listQuarantine, quarantineBlob} from '../../src/cas/local/quarantine.ts';
import {scrub, type ScrubReport} from '../../src/cas/scrub/scrub.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {flipOneBit, pathOfBlob, readText, removeBlob} from '../support/blobs.ts';
import {closeWorkspaces, newWorkspace, putText} from '../support/workspace.ts';

describe('scrub', () => {
  let workspace: Workspace;
  let blobs: Descriptor[];
  beforeEach(async () => {
    workspace = await newWorkspace();
    blobs = [];
    for (let index = 0; index < 9; index += 1)
      blobs.push(await putText(workspace, `blob ${index} `.repeat(1 + index * 1000)));
  });
  after(closeWorkspaces);

  const scrubAll = (some: readonly BlobFacts[] = blobs): Promise<ScrubReport> =>
    scrub(workspace.store.context, some, {workers: 2});
  const proofOf = ({digest}: BlobFacts) => workspace.store.context.tables.ledger.get(digest)?.result;
  const sizeOf = (some: readonly BlobFacts[]): number => some.reduce((sum, {size}) => sum + size, 0);

  it('proves every blob and counts the bytes', async () => {
    const progress: number[] = [];
    const report = await scrub(workspace.store.context, blobs, {
      workers: 2,
      onProgress: (_, done) => progress.push(done),
    });
    assert.deepEqual(report, {
      blobsHashed: 9,
      bytesHashed: sizeOf(blobs),
      damaged: [],
      vanished: [],
      unreadable: [],
      readTwice: [],
      workers: 2,
    });
    for (const blob of blobs) assert.equal(proofOf(blob), 'good');
    assert.equal(progress.at(-1), 9);
  });

  it('finds one flipped bit and sets it aside', async () => {
    const victim = blobs[4] as Descriptor;
    await flipOneBit(workspace, victim);
    const report = await scrubAll();
    assert.equal(report.damaged.length, 1);
    assert.equal(report.damaged[0]?.digest, victim.digest);
    assert.equal(report.blobsHashed, 9);
    assert.equal(report.bytesHashed, sizeOf(blobs) + victim.size, 'a mismatch is read once more');
    assert.equal(proofOf(victim), 'bad');
    assert.equal(await workspace.store.find(victim.digest), undefined);
    const [name = ''] = await listQuarantine(workspace.store.context);
    assert.equal(basename(report.damaged[0].quarantined), name);
    assert.ok(name.startsWith(hexOf(victim.digest)));
  });

  it('stays bad until stored again', async () => {
    const victim = blobs[0] as Descriptor;
    await flipOneBit(workspace, victim);
    await scrubAll();
    assert.equal(proofOf(victim), 'bad');
    assert.deepEqual((await scrubAll([victim])).vanished, [victim.digest]);
    assert.equal(proofOf(victim), 'bad');
    await putText(workspace, 'blob 0 ');
    assert.equal(proofOf(victim), undefined);
    await scrubAll([victim]);
    assert.equal(proofOf(victim), 'good');
  });

  it('names what vanished, and proves nothing', async () => {
    const victim = blobs[2] as Descriptor;
    await removeBlob(workspace, victim);
    const report = await scrubAll();
    assert.deepEqual(report.vanished, [victim.digest]);
    assert.equal(report.blobsHashed, 8);
    assert.equal(proofOf(victim), undefined);
  });

  it('sets aside a folder in the place', async () => {
    const victim = blobs[3] as Descriptor;
    await removeBlob(workspace, victim);
    await mkdir(pathOfBlob(workspace, victim));
    assert.equal((await scrubAll()).damaged[0]?.digest, victim.digest);
  });

  it('reads nothing of an empty list', async () => {
    const report = await scrubAll([]);
    assert.deepEqual([report.blobsHashed, report.bytesHashed], [0, 0]);
  });

  it('stops when the signal is aborted', async () => {
    const run = scrub(workspace.store.context, blobs, {workers: 2, signal: AbortSignal.abort()});
    await assert.rejects(run, {name: 'AbortError'});
  });
});

describe('quarantineBlob', () => {
  after(closeWorkspaces);

  it('leaves bytes that were replaced meanwhile', async () => {
    const workspace = await newWorkspace();
    const blob = await putText(workspace, 'replaced by right bytes');
    const moved = await quarantineBlob(workspace.store.context, blob.digest, 'test', 1n);
    assert.equal(moved, undefined);
    assert.equal(await readText(workspace, blob), 'replaced by right bytes');
    assert.equal(workspace.store.context.tables.ledger.get(blob.digest), undefined);
    assert.deepEqual(await listQuarantine(workspace.store.context), []);
  });

  it('marks nothing bad that is gone', async () => {
    const workspace = await newWorkspace();
    const blob = await putText(workspace, 'gone meanwhile');
    await rename(pathOfBlob(workspace, blob), join(workspace.root, 'elsewhere'));
    assert.equal(await quarantineBlob(workspace.store.context, blob.digest, 'test'), undefined);
    assert.equal(workspace.store.context.tables.ledger.get(blob.digest), undefined);
  });
});
