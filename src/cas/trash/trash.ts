/**
 * Moving blobs into the trash, back, and out of existence. Every move happens inside a catalog transaction, so that a
 * writer never looks for a blob between two places.
 */
import {rmSync} from 'node:fs';
import {CosmosError} from '../../errors.ts';
import {isoTime} from '../../platform/clock.ts';
import {mapLimit} from '../../platform/concurrency.ts';
import {pausePoint} from '../../platform/pause.ts';
import {ensureFolder, syncFolder, syncFolderNow} from '../../platform/publish.ts';
import {forgetBlob, recordBlob} from '../catalog/blob-tables.ts';
import type {BlobFacts} from '../descriptor.ts';
import {hexOf, type Digest} from '../digest.ts';
import type {StoreContext} from '../local/context.ts';
import {blobPath, shardFolder} from '../local/paths.ts';
import {inodeNow, moveIfThere} from '../local/quarantine.ts';
import {ensurePlaceNow, findInTrash, listTrashedBlobs, trashedBlobPath, type TrashBatch} from './batches.ts';

/** Blobs moved in one transaction: other writers wait for at most this many renames. */
const MOVED_AT_ONCE = 64;

/**
 * Moves blobs to a batch, each only if `isGarbage` still says so inside the transaction.
 * @returns what was moved
 */
export async function trashBlobs(
  context: StoreContext,
  batch: TrashBatch,
  blobs: readonly BlobFacts[],
  isGarbage: (blob: BlobFacts) => boolean,
): Promise<BlobFacts[]> {
  const moved: BlobFacts[] = [];
  for (let start = 0; start < blobs.length; start += MOVED_AT_ONCE) {
    const some = blobs.slice(start, start + MOVED_AT_ONCE);
    const gone = await context.catalog.transaction('moving blobs to the trash', () => {
      const folder = ensurePlaceNow(batch, 'blobs');
      const left = some.filter((blob) => {
        if (!isGarbage(blob)) return false;
        pausePoint('gc.judged');
        const isMoved = moveIfThere(
          blobPath(context.paths, blob.digest),
          trashedBlobPath(batch, hexOf(blob.digest)),
        );
        forgetBlob(context.tables, blob.digest);
        pausePoint('gc.moved');
        return isMoved;
      });
      syncFolderNow(folder);
      return left;
    });
    moved.push(...gone);
    pausePoint('gc.committed');
  }
  // Not every filesystem takes the place that they left along with the one where they are: on btrfs they came back with a power cut.
  const left = foldersOf(
    context,
    moved.map(({digest}) => digest),
  );
  await mapLimit(left, 16, syncFolder);
  return moved;
}

function foldersOf({paths}: StoreContext, digests: readonly Digest[]): string[] {
  return [...new Set(digests.map((digest) => shardFolder(paths, digest)))];
}

/** Takes blobs back out of the trash where they are there; a copy already in place wins. */
export async function restoreBlobs(context: StoreContext, digests: readonly Digest[]): Promise<void> {
  for (const digest of digests) {
    const batch = await findInTrash(context, digest);
    if (batch) await restoreFrom(context, batch, [digest]);
  }
}

/** Takes every blob of a batch back, but for those that are in place again. @returns what came back */
export async function restoreBatchBlobs(context: StoreContext, batch: TrashBatch): Promise<BlobFacts[]> {
  const digests = (await listTrashedBlobs(batch)).map(({digest}) => digest);
  return restoreFrom(context, batch, digests);
}

/**
 * Whether a blob is in place is asked of the folder: a crash can leave the catalog behind by one move.
 * @returns what came back
 */
export async function restoreFrom(
  context: StoreContext,
  batch: TrashBatch,
  digests: readonly Digest[],
): Promise<BlobFacts[]> {
  if (digests.length === 0) return [];
  const sizes = new Map((await listTrashedBlobs(batch)).map(({digest, size}) => [digest, size]));
  const folders = foldersOf(context, digests);
  await mapLimit(folders, 16, ensureFolder);
  await context.journal.append('restore', {digests, batch: batch.id});
  return context.catalog.transaction('taking blobs out of the trash', () => {
    const back = digests.flatMap((digest) => {
      const size = sizes.get(digest);
      const path = blobPath(context.paths, digest);
      if (size === undefined || inodeNow(path) !== undefined) return [];
      if (!moveIfThere(trashedBlobPath(batch, hexOf(digest)), path)) return [];
      recordBlob(context.tables, {digest, size}, isoTime(context.now()));
      return [{digest, size}];
    });
    // Durable before the catalog says that they are there: who finds them in it syncs nothing.
    const digestsBack = back.map(({digest}) => digest);
    for (const folder of foldersOf(context, digestsBack)) syncFolderNow(folder);
    return back;
  });
}

/**
 * Unlinks whole batches for good. A full disk cannot take the journal line that comes first; then it comes after, as
 * this is how space is made.
 * @returns bytes freed
 */
export async function expireBatches(
  context: StoreContext,
  batches: readonly TrashBatch[],
  reason: string,
): Promise<number> {
  let freedBytes = 0;
  for (const batch of batches) {
    const blobs = await listTrashedBlobs(batch);
    const note = (): Promise<boolean> =>
      noteExpiry(context, {batch: batch.id, digests: blobs.map(({digest}) => digest), reason});
    const isNoted = await note();
    await context.catalog.transaction('emptying the trash', () =>
      rmSync(batch.folder, {recursive: true, force: true}),
    );
    if (!isNoted) await note();
    freedBytes += blobs.reduce((sum, {size}) => sum + size, 0);
  }
  if (batches.length > 0) await syncFolder(context.paths.trash);
  return freedBytes;
}

/** @returns false when the disk is full */
async function noteExpiry(context: StoreContext, facts: Record<string, unknown>): Promise<boolean> {
  try {
    await context.journal.append('expire', facts);
    return true;
  } catch (error) {
    if (error instanceof CosmosError && error.code === 'store.full') return false;
    throw error;
  }
}
