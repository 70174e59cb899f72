/**
 * The one publishing sequence, for blobs, documents and settings: an exclusive temporary file on the same filesystem,
 * written (and hashed) to the end and synced, then given its final name by `link` (never replaces; under a lock where
 * there are no links) or `rename` (replaces), then the directory is synced. Until the last step nobody sees the new bytes, after it a power cut does
 * not take them back. Systems without directory fsync (Windows) are tolerated; every other failure fails the call.
 */
import {createHash} from 'node:crypto';
import {closeSync, fdatasync, fsyncSync, linkSync, openSync, rmSync, unlinkSync, writeSync} from 'node:fs';
import type {FileHandle} from 'node:fs/promises';
import {access, lstat, mkdir, open, rename, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {CosmosError, isErrno} from '../errors.ts';
import {fillFile} from './fill-file.ts';
import {withFolderLock} from './folder-lock.ts';
import {pausePoint} from './pause.ts';
import {randomHex} from './random.ts';

/** Bytes that are complete and synced under a temporary name. */
export interface Staged {
  path: string;
  sizeBytes: number;
  /** SHA-256 of what was written, hexadecimal. */
  sha256: string;
  /** CRC-32 of each leaf; of streams only. */
  leaves?: number[];
}

export type ByteSource = Uint8Array | AsyncIterable<Uint8Array>;

export interface StageOptions {
  /** File mode; 0444 for blobs. */
  mode?: number;
  signal?: AbortSignal | undefined;
}

/** Names of staged files: this process's own, one after the other. */
const STAGING = {prefix: `${process.pid}-${randomHex(8)}`, count: 0};

function stagingPath(folder: string): string {
  return join(folder, `${STAGING.prefix}-${STAGING.count++}.part`);
}

/** Writes the source to a new exclusive file in `folder` and syncs it. A failure leaves no file. */
export async function stage(folder: string, source: ByteSource, options: StageOptions = {}): Promise<Staged> {
  options.signal?.throwIfAborted();
  if (!(source instanceof Uint8Array)) return stageStream(folder, source, options);
  const [staged] = await stageAll(folder, [source], options);
  if (!staged) throw new Error('staging one source made nothing');
  return staged;
}

async function stageStream(
  folder: string,
  source: AsyncIterable<Uint8Array>,
  options: StageOptions,
): Promise<Staged> {
  const path = stagingPath(folder);
  try {
    const handle = await open(path, 'wx', options.mode ?? 0o644);
    try {
      return {path, ...(await fillFile({path, handle}, source, {signal: options.signal}))};
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(path, {force: true}).catch(() => undefined);
    throw explainWriteError(error, folder);
  }
}

const datasync = promisify(fdatasync);

/**
 * Stages pieces of memory together: all are written before the first is synced, so that the disk's journal takes many
 * with each of its commits. A failure leaves no file.
 */
export async function stageAll(
  folder: string,
  pieces: readonly Uint8Array[],
  options: StageOptions = {},
): Promise<Staged[]> {
  const begun: {path: string; file: number}[] = [];
  try {
    options.signal?.throwIfAborted();
    const staged = pieces.map((bytes) => {
      const path = stagingPath(folder);
      const file = openSync(path, 'wx', options.mode ?? 0o644);
      begun.push({path, file});
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
      return {path, sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex')};
    });
    await settleAll(begun.map(({file}) => datasync(file)));
    return staged;
  } catch (error) {
    for (const {path} of begun) rmSync(path, {force: true});
    throw explainWriteError(error, folder);
  } finally {
    for (const {file} of begun) closeSync(file);
  }
}

/** Waits for all, then fails with the first failure: nothing may still use a file when it is closed. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find(({status}) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

/** Filesystems without hard links answer one of these; EISDIR is what Node makes of the answer of exFAT on Windows. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EISDIR'];

export interface PlaceOptions {
  /** False where hard links are known not to do what they should: then none is tried. */
  hasLinks?: boolean;
}

/**
 * Gives staged bytes their final name without replacing, and drops the temporary name. The caller syncs the directory.
 * Where there are no hard links it looks and renames, alone among all processes that stage beside it for the same name.
 * @returns false when the name was taken; the staged file is then still there.
 * @throws CosmosError store.full, store.readonly; lease.held when another process does not get done with the same name
 */
export async function placeNew(
  staged: Staged,
  path: string,
  {hasLinks = true}: PlaceOptions = {},
): Promise<boolean> {
  if (!hasLinks) return placeByRename(staged, path);
  try {
    linkSync(staged.path, path);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    if (!isErrno(error, ...NO_LINKS)) throw explainWriteError(error, path);
    return placeByRename(staged, path);
  }
  unlinkSync(staged.path);
  return true;
}

/** Rename replaces, so nobody else may come between the look and it. A process that dies in between leaves the lock only. */
async function placeByRename(staged: Staged, path: string): Promise<boolean> {
  const lock = join(dirname(staged.path), `${basename(path)}.lock`);
  try {
    return await withFolderLock(lock, async () => {
      if (await isTaken(path)) return false;
      pausePoint('place.looked');
      await rename(staged.path, path);
      return true;
    });
  } catch (error) {
    throw explainWriteError(error, path);
  }
}

/** By whatever it is: a broken link is a name too. */
export async function isTaken(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) return false;
      throw error;
    },
  );
}

/** Replaces (or makes) `path` with the bytes, durably and atomically. */
export async function publishReplacing(
  path: string,
  bytes: Uint8Array,
  stagingFolder = dirname(path),
): Promise<void> {
  const staged = await stage(stagingFolder, bytes);
  try {
    await rename(staged.path, path);
  } catch (error) {
    await rm(staged.path, {force: true});
    throw explainWriteError(error, path);
  }
  await syncFolder(dirname(path));
}

/** Text version of publishReplacing, for settings and other small UTF-8 files. */
export async function publishText(path: string, text: string): Promise<void> {
  await publishReplacing(path, Buffer.from(text, 'utf8'));
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    await handle.sync();
  } catch (error) {
    if (process.platform === 'win32' && isErrno(error, 'EPERM', 'EISDIR', 'EACCES', 'EBADF')) return;
    throw explainWriteError(error, path);
  } finally {
    await handle?.close();
  }
}

/** The same, synchronously: for the inside of a catalog transaction, where nothing may be awaited. */
export function syncFolderNow(path: string): void {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    fsyncSync(file);
  } catch (error) {
    if (process.platform === 'win32' && isErrno(error, 'EPERM', 'EISDIR', 'EACCES', 'EBADF')) return;
    throw explainWriteError(error, path);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * Creates the folder and its missing parents, not durable. One at a time: of a broken disk or a used-up quota, a recursive mkdir
 * says that there is no such folder.
 */
export async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return;
    if (!isErrno(error, 'ENOENT')) throw error;
    await makeFolders(dirname(path));
    await makeFolders(path);
  }
}

/**
 * Creates the folder and its missing parents, each made durable in its own parent: the folder itself also when it was
 * there already, as its maker may have crashed before the sync.
 */
export async function ensureFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) {
      await ensureFolder(dirname(path));
      return ensureFolder(path);
    }
    if (!isErrno(error, 'EEXIST')) throw explainWriteError(error, path);
  }
  await syncFolder(dirname(path));
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Turns the errors that people can do something about into ones that say what. */
export function explainWriteError(error: unknown, path: string): unknown {
  if (isErrno(error, 'EROFS', 'EACCES', 'EPERM')) {
    return new CosmosError('store.readonly', `Cannot write to ${path} (${error.code ?? 'no permission'}).`, {
      hint: 'Make the folder writable for your user, or choose another workspace with --workspace.',
      cause: error,
      facts: {path},
    });
  }
  return explainDiskError(error, path);
}

/** The same for a disk that is full or fails, which any call may meet; other errors are given back. */
export function explainDiskError(error: unknown, path: string): unknown {
  if (isErrno(error, 'ENOSPC', 'EDQUOT')) {
    return new CosmosError('store.full', `No space left while writing to ${path}.`, {
      hint: 'Nothing was lost and nothing half-written was kept. Free some space (cosmos gc shows what can go) and run the command again.',
      cause: error,
      facts: {path},
    });
  }
  if (isErrno(error, 'EIO', 'ENXIO', 'ENODEV', 'ESTALE')) {
    const call = error.syscall === undefined ? '' : `, ${error.syscall}`;
    return new CosmosError('store.failed', `The disk failed at ${path} (${error.code ?? ''}${call}).`, {
      hint: 'What was acknowledged before is kept. Copy the workspace to another disk (docs/backup.md), check this one, and run the command again.',
      cause: error,
      facts: {path},
    });
  }
  return error;
}
