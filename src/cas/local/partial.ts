/**
 * Large blobs of a known digest from a source that can be read from any offset. What has come stays in `ingest/` under
 * that digest when the transfer ends early, whoever ended it, and the next one goes on after it. One writer at a time,
 * by a lease: who finds another at work takes a file of its own. All bytes are hashed as they lie on the disk, the old
 * ones too, and only the digest decides.
 */
import {constants, existsSync, readdirSync, statSync} from 'node:fs';
import {chmod, open, rm, type FileHandle} from 'node:fs/promises';
import {join} from 'node:path';
import {CosmosError, isErrno} from '../../errors.ts';
import {fillFile} from '../../platform/fill-file.ts';
import {explainWriteError} from '../../platform/publish.ts';
import {leaseLost, type Lease} from '../catalog/leases.ts';
import type {BlobFacts, Descriptor} from '../descriptor.ts';
import {digestOf, hexOf, type Digest} from '../digest.ts';
import {checkExpected} from '../expected.ts';
import type {StoreContext} from './context.ts';
import {blobPath, type StorePaths} from './paths.ts';
import {commit, putAll, type StagedBlob} from './put.ts';

/** A smaller file is brought again in less time than it takes to look for its beginning. */
export const RESUMABLE_BYTES = 8 << 20;

export interface ResumableItem {
  /** The bytes from an offset to the end; called again when what lay here was no beginning of them. */
  openAt: (start: number) => AsyncIterable<Uint8Array>;
  mediaType: string;
  expected: BlobFacts;
}

const ENDING = '.partial';

function partialPath(paths: StorePaths, digest: Digest): string {
  return join(paths.ingest, `${hexOf(digest)}${ENDING}`);
}

/** The digest whose beginning a file of `ingest/` holds; undefined for any other file. */
function digestOfPartial(name: string): Digest | undefined {
  return /^[0-9a-f]{64}\.partial$/.test(name) ? digestOf(name.slice(0, -ENDING.length)) : undefined;
}

/** Durable, and protected by the lease, when it resolves. @throws CosmosError blob.mismatch, store.full */
export async function putResumable(
  context: StoreContext,
  item: ResumableItem,
  lease: Lease,
  signal?: AbortSignal,
): Promise<Descriptor> {
  const {openAt, mediaType, expected} = item;
  const claim = await claimPartial(context, expected.digest);
  if (!claim) {
    const whole = {open: () => openAt(0), mediaType, expected};
    const [descriptor] = await putAll(context, [whole], lease, signal);
    if (!descriptor) throw new Error('a put of one item answered with none');
    return descriptor;
  }
  try {
    const path = partialPath(context.paths, expected.digest);
    const staged = await fillPartial(path, item, signal);
    if (!claim.isHeld()) throw leaseLost(`bringing ${expected.digest}`);
    const blob: StagedBlob = {staged, facts: expected, isFresh: false};
    await commit(context, [blob], lease);
    if (!blob.isFresh) await rm(path, {force: true});
    return {mediaType, ...expected};
  } finally {
    await claim.release();
  }
}

/** Undefined while another writer is not proven dead. */
async function claimPartial({leases}: StoreContext, digest: Digest): Promise<Lease | undefined> {
  try {
    return await leases.acquire(`bringing ${digest}`, `partial ${hexOf(digest)}`);
  } catch (error) {
    if (error instanceof CosmosError && error.code === 'lease.held') return undefined;
    throw error;
  }
}

/**
 * What is wrong, what fills the disk, and what the disk has refused: the system forgets a page that it could not write and
 * shows it all the same, so the next try would find it right and never write it again.
 */
const SPOILED = ['blob.mismatch', 'store.full', 'store.failed'];

/** Anything but what is spoiled stays as a beginning for the next try. */
async function fillPartial(
  path: string,
  item: ResumableItem,
  signal?: AbortSignal,
): Promise<StagedBlob['staged']> {
  try {
    const handle = await openPartial(path);
    try {
      const filled = await fillRight({path, handle}, item, signal);
      await handle.chmod(0o444);
      await handle.sync();
      return {path, ...filled};
    } finally {
      await handle.close();
    }
  } catch (error) {
    const explained = explainWriteError(error, path);
    const isOver = explained instanceof CosmosError && SPOILED.includes(explained.code);
    if (isOver) await rm(path, {force: true}).catch(() => undefined);
    throw explained;
  }
}

/** A writer that died just before the end has taken the right to write away. */
async function openPartial(path: string): Promise<FileHandle> {
  await chmod(path, 0o600).catch((error: unknown) => {
    if (!isErrno(error, 'ENOENT')) throw error;
  });
  return open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
}

/** A beginning that was not the right one costs one more reading, from the first byte on. */
async function fillRight(
  file: {path: string; handle: FileHandle},
  {openAt, expected}: ResumableItem,
  signal?: AbortSignal,
): ReturnType<typeof fillFile> {
  const {size} = await file.handle.stat();
  const start = size <= expected.size ? size : 0;
  for (const from of start === 0 ? [0] : [start, 0]) {
    await file.handle.truncate(from);
    const filled = await fillFile(file, openAt(from), {isHashedBeside: true, start: from, signal});
    const facts = {digest: digestOf(filled.sha256), size: filled.sizeBytes};
    if (facts.digest === expected.digest && facts.size === expected.size) return filled;
    if (from === 0) checkExpected(facts, expected);
  }
  throw new Error('unreachable: the last reading is right or throws');
}

/** The files of `ingest/`: beginnings of what is not here yet and not older than `keptMs`, and what nobody goes on with. */
export function sortIngest(
  {paths, now}: StoreContext,
  keptMs: number,
): {partial: string[]; leftover: string[]} {
  const names = readdirSync(paths.ingest);
  const isAwaited = (name: string): boolean => {
    const digest = digestOfPartial(name);
    if (!digest || existsSync(blobPath(paths, digest))) return false;
    const facts = statSync(join(paths.ingest, name), {throwIfNoEntry: false});
    return facts !== undefined && now() - facts.mtimeMs < keptMs;
  };
  const partial = names.filter(isAwaited);
  return {partial, leftover: names.filter((name) => !partial.includes(name))};
}
