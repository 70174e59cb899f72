import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {open, readdir, readFile, utimes, writeFile, type FileHandle} from 'node:fs/promises';
import {join} from 'node:path';
import type {Descriptor} from '../../src/cas/descriptor.ts';
import {hashBytes, hexOf} from '../../src/cas/digest.ts';
import {collectGarbage} from '../../src/workspace/garbage.ts';
import {verify} from '../../src/workspace/verify/verify.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {diesMidway, reusesBuffer} from '../conformance/sources.ts';
import {pathOfBlob} from '../support/blobs.ts';
import {closeWorkspaces, DAY_MS, makeClock, newWorkspace, NO_GRACE} from '../support/workspace.ts';

const BYTES = Buffer.from(Array.from({length: 3_000_000}, (_, index) => (index * 7919) >> 5));
const EXPECTED = {digest: hashBytes(BYTES), size: BYTES.length};
const NAME = `${hexOf(EXPECTED.digest)}.partial`;

/** Gives `bytes` from any offset and remembers from which it was asked. */
function source(bytes: Uint8Array): {starts: number[]; openAt: (start: number) => AsyncIterable<Uint8Array>} {
  const starts: number[] = [];
  const openAt = (start: number): AsyncIterable<Uint8Array> => {
    starts.push(start);
    return reusesBuffer(bytes.subarray(start), 500_000);
  };
  return {starts, openAt};
}

function bring(
  {store, leases}: Workspace,
  openAt: (start: number) => AsyncIterable<Uint8Array>,
): Promise<Descriptor> {
  return leases.hold('test', (lease) =>
    store.pushResumable({openAt, mediaType: 'video/mp4', expected: EXPECTED}, lease),
  );
}

function ingestOf({store}: Workspace): string {
  return store.context.paths.ingest;
}

/** A workspace in which a transfer broke off, with `bytes` to show for it. */
async function brokenOff(bytes: Uint8Array, options: {now?: () => number} = {}): Promise<Workspace> {
  const workspace = await newWorkspace(undefined, options);
  await writeFile(join(ingestOf(workspace), NAME), bytes);
  return workspace;
}

async function assertStored(workspace: Workspace): Promise<void> {
  assert.ok((await readFile(pathOfBlob(workspace, EXPECTED))).equals(BYTES));
  assert.deepEqual(await readdir(ingestOf(workspace)), []);
}

/** Every data sync of this process fails until it is told to stop. */
async function failSyncs(): Promise<() => void> {
  const handle = await open(process.execPath);
  const shared = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const original = Object.getOwnPropertyDescriptor(shared, 'datasync') ?? {};
  shared.datasync = () => Promise.reject(Object.assign(new Error('EIO: i/o error'), {code: 'EIO'}));
  return () => void Object.defineProperty(shared, 'datasync', original);
}

describe('pushResumable', () => {
  after(closeWorkspaces);

  it('keeps no beginning that the disk has refused: reading it again would show what was never written', async () => {
    const workspace = await newWorkspace();
    const whole = source(BYTES);
    const goOn = await failSyncs();
    await assert.rejects(bring(workspace, whole.openAt), {code: 'store.failed'}).finally(goOn);
    assert.deepEqual(await readdir(ingestOf(workspace)), []);
    await bring(workspace, whole.openAt);
    assert.deepEqual(whole.starts, [0, 0]);
    await assertStored(workspace);
  });

  it('goes on where a source broke off', async () => {
    const workspace = await newWorkspace();
    await assert.rejects(
      bring(workspace, () => diesMidway(BYTES)),
      /the source died/,
    );
    const {starts, openAt} = source(BYTES);
    await bring(workspace, openAt);
    assert.deepEqual(starts, [BYTES.length / 2]);
    await assertStored(workspace);
  });

  it('asks for nothing when all came', async () => {
    const workspace = await brokenOff(BYTES);
    const {starts, openAt} = source(BYTES);
    await bring(workspace, openAt);
    assert.deepEqual(starts, [BYTES.length]);
    await assertStored(workspace);
  });

  it('throws a wrong beginning away, once', async () => {
    const workspace = await brokenOff(Buffer.alloc(1_000_000, 'x'));
    const {starts, openAt} = source(BYTES);
    await bring(workspace, openAt);
    assert.deepEqual(starts, [1_000_000, 0]);
    await assertStored(workspace);
  });

  it('begins anew after a longer file', async () => {
    const workspace = await brokenOff(Buffer.concat([BYTES, Buffer.alloc(1)]));
    const {starts, openAt} = source(BYTES);
    await bring(workspace, openAt);
    assert.deepEqual(starts, [0]);
    await assertStored(workspace);
  });

  it('keeps nothing of a wrong source', async () => {
    const workspace = await brokenOff(BYTES.subarray(0, 1_000_000));
    const {starts, openAt} = source(Buffer.from(BYTES).fill(1, 2_000_000));
    await assert.rejects(bring(workspace, openAt), {code: 'blob.mismatch'});
    assert.deepEqual(starts, [1_000_000, 0]);
    assert.deepEqual(await readdir(ingestOf(workspace)), []);
    assert.equal(existsSync(pathOfBlob(workspace, EXPECTED)), false);
  });

  it('leaves a beginning to its living writer', async () => {
    const workspace = await brokenOff(BYTES.subarray(0, 1_000_000));
    const [first, second] = [source(BYTES), source(BYTES)];
    await Promise.all([bring(workspace, first.openAt), bring(workspace, second.openAt)]);
    assert.deepEqual([...first.starts, ...second.starts].sort(), [0, 1_000_000]);
    await assertStored(workspace);
  });
});

describe('a beginning in ingest/', () => {
  after(closeWorkspaces);

  it('is kept by gc for its time', async () => {
    const {now, advance} = makeClock();
    const workspace = await brokenOff(BYTES.subarray(0, 1000), {now});
    await writeFile(join(ingestOf(workspace), '1-left.part'), 'a leftover');
    assert.equal((await collectGarbage(workspace, NO_GRACE)).ingestsRemoved, 1);
    assert.deepEqual(await readdir(ingestOf(workspace)), [NAME]);
    advance(8 * DAY_MS);
    assert.equal((await collectGarbage(workspace, {...NO_GRACE, isDryRun: true})).ingestsRemoved, 1);
    assert.equal((await collectGarbage(workspace, NO_GRACE)).ingestsRemoved, 1);
    assert.deepEqual(await readdir(ingestOf(workspace)), []);
  });

  it('is a leftover once its blob came', async () => {
    const workspace = await newWorkspace();
    await workspace.store.push(BYTES, {mediaType: 'video/mp4'});
    await writeFile(join(ingestOf(workspace), NAME), BYTES.subarray(0, 1000));
    assert.equal((await collectGarbage(workspace, {...NO_GRACE, graceMs: DAY_MS})).ingestsRemoved, 1);
  });

  it('is noticed by verify', async () => {
    const workspace = await brokenOff(BYTES.subarray(0, 1000));
    await utimes(join(ingestOf(workspace), NAME), 0, 0);
    const {notices} = await verify(workspace, {isDeep: false, isStrict: false, workers: 1});
    assert.deepEqual(
      notices.map(({code}) => code),
      ['ingest.partial'],
    );
  });
});
