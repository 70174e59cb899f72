/** Where damaged bytes go: out of the way of readers, never away for good. A JSON note beside each says why. */
import {lstatSync, renameSync} from 'node:fs';
import {readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {isErrno} from '../../errors.ts';
import {isoTime} from '../../platform/clock.ts';
import {publishText, syncFolder} from '../../platform/publish.ts';
import {randomHex} from '../../platform/random.ts';
import {forgetBlob} from '../catalog/blob-tables.ts';
import {hexOf, type Digest} from '../digest.ts';
import type {StoreContext} from './context.ts';
import {blobPath, shardFolder} from './paths.ts';

/**
 * Moves what stands under the digest's name aside and marks it bad. Given the inode that was judged, only that one is
 * moved: somebody may have put the right bytes there since.
 * @returns where it is now, or undefined if it was gone, or not what was judged; then nothing is marked
 */
export async function quarantineBlob(
  context: StoreContext,
  digest: Digest,
  reason: string,
  inode?: bigint,
): Promise<string | undefined> {
  const path = blobPath(context.paths, digest);
  const at = isoTime(context.now());
  const aside = join(context.paths.quarantine, `${hexOf(digest)}-${randomHex(4)}`);
  await context.journal.append('quarantine', {digests: [digest], reason, to: aside});
  await publishText(`${aside}.json`, `${JSON.stringify({digest, at, reason}, null, 2)}\n`);
  const wasThere = await context.catalog.transaction('quarantining a blob', () => {
    if (inode !== undefined && inodeNow(path) !== inode) return false;
    if (!moveIfThere(path, aside)) return false;
    forgetBlob(context.tables, digest);
    void context.tables.ledger.put(digest, {at, result: 'bad'});
    return true;
  });
  if (!wasThere) {
    await rm(`${aside}.json`, {force: true});
    return undefined;
  }
  await syncFolder(context.paths.quarantine);
  await syncFolder(shardFolder(context.paths, digest));
  return aside;
}

/** Which file stands there, links not followed; undefined when none does. */
export function inodeNow(path: string): bigint | undefined {
  return lstatSync(path, {bigint: true, throwIfNoEntry: false})?.ino;
}

/** File names in quarantine, notes left out. */
export async function listQuarantine(context: StoreContext): Promise<string[]> {
  return (await readdir(context.paths.quarantine)).filter((name) => !name.endsWith('.json')).sort();
}

/** Renames inside a transaction; false when there was nothing to move. */
export function moveIfThere(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}
