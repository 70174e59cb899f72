/** Where damaged bytes go: out of the way of readers, never away for good. A JSON note beside each says why. */
import {linkSync, lstatSync, renameSync} from 'node:fs';
import {readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {isErrno} from '../../errors.ts';
import {isoTime} from '../../platform/clock.ts';
import {publishText, syncFolder} from '../../platform/publish.ts';
import {randomHex} from '../../platform/random.ts';
import {forgetBlob} from '../catalog/blob-tables.ts';
import {hexOf, type Digest} from '../digest.ts';
import type {ByteRange} from '../leaves/leaves.ts';
import type {StoreContext} from './context.ts';
import {blobPath, shardFolder} from './paths.ts';

export interface SetAside {
  reason: string;
  /** What was judged: only that is moved, as somebody may have put the right bytes there since. */
  inode?: bigint | undefined;
  /** Where it differs, as far as that is known. */
  ranges?: readonly ByteRange[] | undefined;
  /** Path of the right bytes, durable: they take the place in the same instant, so that no reader finds it empty. */
  replacement?: string;
}

/**
 * Moves what stands under the digest's name aside and marks it bad.
 * @returns where it is now, or undefined if it was gone, or not what was judged; then nothing is marked
 */
export async function quarantineBlob(
  context: StoreContext,
  digest: Digest,
  {reason, inode, ranges, replacement}: SetAside,
): Promise<string | undefined> {
  const path = blobPath(context.paths, digest);
  const at = isoTime(context.now());
  const aside = join(context.paths.quarantine, `${hexOf(digest)}-${randomHex(4)}`);
  await context.journal.append('quarantine', {digests: [digest], reason, to: aside});
  await publishText(`${aside}.json`, `${JSON.stringify({digest, at, reason, ranges}, null, 2)}\n`);
  const wasThere = await context.catalog.transaction('quarantining a blob', () => {
    if (inode !== undefined && inodeNow(path) !== inode) return false;
    const isMoved = replacement === undefined ? moveIfThere(path, aside) : swapIn(replacement, path, aside);
    if (!isMoved) return false;
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

/** Without hard links, and for what is no file, the place is empty for an instant. */
function swapIn(replacement: string, path: string, aside: string): boolean {
  try {
    linkSync(path, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    renameSync(path, aside);
  }
  renameSync(replacement, path);
  return true;
}

/** Which file stands there, links not followed; undefined when none does. */
export function inodeNow(path: string): bigint | undefined {
  return lstatSync(path, {bigint: true, throwIfNoEntry: false})?.ino;
}

/** File names of damaged bytes; notes, and what is no file of ours, are left out. */
export async function listQuarantine(context: StoreContext): Promise<string[]> {
  return (await readdir(context.paths.quarantine))
    .filter((name) => /^[0-9a-f]{64}-[0-9a-f]{8}$/.test(name))
    .sort();
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
