/**
 * How bytes come into the local store. Group commit: stage all (each synced), announce all, link all, sync each folder
 * once. The order is the invariant: bytes hashed, digest announced under a lease, and only then a look at what is
 * there, so that gc either sees the announcement or has moved the old copy away before the look.
 */
import {lstat, mkdir, rm, stat} from 'node:fs/promises';
import {CosmosError, isErrno} from '../../errors.ts';
import {isoTime} from '../../platform/clock.ts';
import {mapLimit} from '../../platform/concurrency.ts';
import {pausePoint} from '../../platform/pause.ts';
import {
  explainWriteError,
  placeNew,
  stage,
  stageAll,
  syncFolder,
  type ByteSource,
  type Staged,
} from '../../platform/publish.ts';
import {leaseLost, type Lease} from '../catalog/leases.ts';
import {recordBlob} from '../catalog/blob-tables.ts';
import type {BlobFacts, Descriptor} from '../descriptor.ts';
import {digestOf, type Digest} from '../digest.ts';
import {checkExpected} from '../expected.ts';
import {keepLeaves} from '../leaves/leaves.ts';
import {blobPath, shardFolder} from './paths.ts';
import {quarantineBlob} from './quarantine.ts';
import {isProven} from './prove.ts';
import type {StoreContext} from './context.ts';

export interface PutItem {
  /** Called once; lets thousands of files be named without being open. */
  open: () => ByteSource | Promise<ByteSource>;
  mediaType: string;
  expected?: Partial<BlobFacts>;
}

/** Enough to keep the disk's queue full; more gained nothing when measured. */
const STAGED_AT_ONCE = 16;
/** One is written while the other is synced. */
const GROUPS_AT_ONCE = 2;
/** Of each group: every stream holds two buffers of a chunk. */
const STREAMS_AT_ONCE = 8;

export interface StagedBlob {
  staged: Staged;
  facts: BlobFacts;
  /** Set when these very bytes were put in place: no earlier proof speaks of them. */
  isFresh: boolean;
}

/** Stores every item or none; durable, and protected by the lease, when it resolves. */
export async function putAll(
  context: StoreContext,
  items: readonly PutItem[],
  lease: Lease,
  signal?: AbortSignal,
): Promise<Descriptor[]> {
  const blobs: StagedBlob[] = [];
  try {
    const groups = await mapLimit(groupsOf(items), GROUPS_AT_ONCE, (group) =>
      stageGroup(context, group, blobs, signal),
    );
    const facts = groups.flat();
    await commit(context, blobs, lease);
    return facts.map((fact, index) => ({mediaType: items[index]?.mediaType ?? '', ...fact}));
  } finally {
    const left = blobs.filter(({isFresh}) => !isFresh);
    await mapLimit(left, STAGED_AT_ONCE, ({staged}) => rm(staged.path, {force: true}));
  }
}

function groupsOf(items: readonly PutItem[]): PutItem[][] {
  const count = Math.ceil(items.length / STAGED_AT_ONCE);
  return Array.from({length: count}, (_, index) =>
    items.slice(index * STAGED_AT_ONCE, (index + 1) * STAGED_AT_ONCE),
  );
}

/** What is in memory is staged together, streams after it. Adds every staged file to `blobs`, also when another fails. */
async function stageGroup(
  {paths}: StoreContext,
  group: readonly PutItem[],
  blobs: StagedBlob[],
  signal?: AbortSignal,
): Promise<BlobFacts[]> {
  const options = {mode: 0o444, signal};
  const keep = (staged: Staged): BlobFacts => {
    const facts = {digest: digestOf(staged.sha256), size: staged.sizeBytes};
    blobs.push({staged, facts, isFresh: false});
    return facts;
  };
  const sources = await mapLimit(group, group.length, async (item) => item.open());
  const pieces = sources.filter((source) => source instanceof Uint8Array);
  const small = (await stageAll(paths.ingest, pieces, options)).map(keep);
  const facts = await mapLimit(sources, STREAMS_AT_ONCE, async (source) =>
    source instanceof Uint8Array
      ? small[pieces.indexOf(source)]
      : keep(await stage(paths.ingest, source, options)),
  );
  return facts.map((fact, index) => {
    if (!fact) throw new Error('a source was not staged');
    checkExpected(fact, group[index]?.expected);
    return fact;
  });
}

/** Gives staged blobs their names; a staged file that was not needed is left. Durable when it resolves. */
export async function commit(
  context: StoreContext,
  blobs: readonly StagedBlob[],
  lease: Lease,
): Promise<void> {
  const digests = [...new Set(blobs.map(({facts}) => facts.digest))];
  await context.journal.append('put', {digests});
  pausePoint('put.staged');
  await lease.announce(digests);
  pausePoint('put.announced');
  await ensureShards(context, digests);
  await mapLimit(blobs, STAGED_AT_ONCE, (blob) => place(context, blob)).catch(async (error: unknown) => {
    if (isErrno(error, 'ENOENT'))
      await context.catalog.transaction('looking for the lease', () => checkHeld(lease));
    throw error;
  });
  pausePoint('put.linked');
  const shards = new Set(digests.map((digest) => shardFolder(context.paths, digest)));
  await mapLimit([...shards], STAGED_AT_ONCE, syncFolder);
  for (const {staged, facts} of blobs)
    if (staged.leaves) await keepLeaves(context.paths, {...facts, crc32: staged.leaves});
  await context.catalog.transaction('recording blobs', () => {
    checkHeld(lease);
    const at = isoTime(context.now());
    for (const {facts, isFresh} of blobs) {
      if (isFresh) void context.tables.ledger.remove(facts.digest);
      recordBlob(context.tables, facts, at);
    }
  });
}

/** Staged bytes are safe from gc as long as the lease is. @throws CosmosError lease.lost */
function checkHeld(lease: Lease): void {
  if (!lease.isHeld()) throw leaseLost('storing blobs');
}

/** A folder that this process has not seen before may have been made by a writer that crashed before its sync. */
async function ensureShards(context: StoreContext, digests: readonly Digest[]): Promise<void> {
  const unseen = [...new Set(digests.map((digest) => shardFolder(context.paths, digest)))].filter(
    (folder) => !context.knownShards.has(folder),
  );
  if (unseen.length === 0) return;
  await mapLimit(unseen, STAGED_AT_ONCE, async (folder) => {
    await mkdir(folder).catch((error: unknown) => {
      if (!isErrno(error, 'EEXIST')) throw explainWriteError(error, folder);
    });
    if (!(await stat(folder)).isDirectory()) throw noFolder(folder);
  });
  await syncFolder(context.paths.blobs);
  for (const folder of unseen) context.knownShards.add(folder);
}

function noFolder(folder: string): CosmosError {
  return new CosmosError('store.mismatch', `${folder} should be a folder of blobs, and is none.`, {
    hint: 'Nothing was stored. Move it away and run the command again: the folder is made when it is needed.',
    facts: {folder},
  });
}

async function place(context: StoreContext, blob: StagedBlob): Promise<void> {
  const path = blobPath(context.paths, blob.facts.digest);
  while (!(await placeNew(blob.staged, path, context))) {
    const found = await lstat(path, {bigint: true}).catch(() => undefined);
    if (!found) continue;
    if (
      found.isFile() &&
      Number(found.size) === blob.facts.size &&
      (await isProven(context, blob.facts, path))
    )
      return;
    const isSwapped = await quarantineBlob(context, blob.facts.digest, {
      reason: 'found damaged while the same blob was being stored',
      inode: found.ino,
      replacement: blob.staged.path,
    });
    if (isSwapped !== undefined) break;
  }
  blob.isFresh = true;
}
