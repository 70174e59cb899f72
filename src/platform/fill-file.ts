/**
 * Fills a file from a stream: written, hashed and synced at the same time, so that none waits for the end of the others.
 * A stream whose making keeps this thread busy (decrypting) is hashed by another thread, which reads what has been
 * written. For a plain copy that gained nothing: the hash is all that this thread does then, and reading again costs.
 */
import {createHash} from 'node:crypto';
import type {FileHandle} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {HashPool} from './hash-pool.ts';
import {LeafSums} from './leaf-sums.ts';

export interface FilledFile {
  sizeBytes: number;
  /** SHA-256 of the whole file, hexadecimal. */
  sha256: string;
  /** CRC-32 of each leaf, from the same bytes. */
  leaves: number[];
}

export interface FillOptions {
  /** Hashed by a thread that reads the file; so are streams that go on after something. */
  isHashedBeside?: boolean;
  /** Bytes that the file holds already, and the source goes on after; default 0. */
  start?: number;
  signal?: AbortSignal | undefined;
}

/** Where the file is, and the handle to write through. */
export interface OpenFile {
  path: string;
  handle: FileHandle;
}

/** The bytes are durable when it resolves, the name is not. Chunks may be lent: the next is asked for when one is written. */
export async function fillFile(
  {path, handle}: OpenFile,
  source: AsyncIterable<Uint8Array>,
  {isHashedBeside = false, start = 0, signal}: FillOptions = {},
): Promise<FilledFile> {
  const hash = isHashedBeside || start > 0 ? hashBeside(path) : hashHere();
  let sizeBytes = start;
  let flushing: Promise<void> = Promise.resolve();
  try {
    for await (const chunk of source) {
      signal?.throwIfAborted();
      const writing = writeAll(handle, chunk, sizeBytes);
      hash.update(chunk);
      await writing;
      if (crosses(sizeBytes, chunk.length, FLUSH_BYTES)) {
        await flushing;
        flushing = handle.datasync();
        flushing.catch(() => undefined);
      }
      sizeBytes += chunk.length;
      hash.advance(sizeBytes);
    }
    await flushing;
    signal?.throwIfAborted();
    // The mode was set at creation: data and size are all that is left to sync.
    const [{hex, leaves}] = await Promise.all([hash.digest(), handle.datasync()]);
    return {sizeBytes, sha256: hex, leaves};
  } catch (error) {
    hash.drop();
    // That the disk has failed says more than that a stream broke: who goes on with the file has to know it.
    await flushing;
    throw error;
  }
}

/** The disk works while the next bytes come, instead of all at once at the end. */
const FLUSH_BYTES = 64 << 20;

function crosses(before: number, added: number, step: number): boolean {
  return Math.floor((before + added) / step) > Math.floor(before / step);
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < chunk.length) {
    const {bytesWritten} = await handle.write(chunk, done, chunk.length - done, position + done);
    done += bytesWritten;
  }
}

/** The hash of a file that grows. */
interface GrowingHash {
  update(chunk: Uint8Array): void;
  /** So many bytes of the file are written. */
  advance(sizeBytes: number): void;
  digest(): Promise<{hex: string; leaves: number[]}>;
  /** Nobody wants the digest. */
  drop(): void;
}

function hashHere(): GrowingHash {
  const hash = createHash('sha256');
  const leaves = new LeafSums();
  return {
    update: (chunk) => {
      hash.update(chunk);
      leaves.update(chunk);
    },
    advance: () => undefined,
    digest: () => Promise.resolve({hex: hash.digest('hex'), leaves: leaves.finish()}),
    drop: () => undefined,
  };
}

/** One core is left to the writers; more than four large files at once are rare. */
const THREADS = new HashPool(Math.max(1, Math.min(4, availableParallelism() - 1)));

function hashBeside(path: string): GrowingHash {
  const file = THREADS.follow(path, {hasLeaves: true});
  let isOver = false;
  return {
    update: () => undefined,
    advance: (sizeBytes) => file.advance(sizeBytes),
    digest: async () => {
      isOver = true;
      const answer = await file.finish();
      if ('hex' in answer) return {hex: answer.hex, leaves: answer.leaves ?? []};
      const {errno: code, message} = answer;
      throw Object.assign(new Error(`cannot read back ${path}: ${message}`), {code});
    },
    drop: () => {
      if (!isOver) file.drop();
    },
  };
}
