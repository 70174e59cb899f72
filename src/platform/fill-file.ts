/**
 * Fills a file from a stream: written, hashed and synced at the same time, so that none waits for the end of the others.
 * Small streams are hashed where they are; of large ones a thread hashes what has been written, and this thread is left
 * to what makes the bytes (reading, decrypting).
 */
import {createHash, type Hash} from 'node:crypto';
import type {FileHandle} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {HashPool, type FollowedFile} from './hash-pool.ts';

export interface FilledFile {
  sizeBytes: number;
  /** SHA-256 of the whole file, hexadecimal. */
  sha256: string;
}

export interface FillOptions {
  /** What the file holds already, and the source goes on after; default 0. */
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
  {start = 0, signal}: FillOptions = {},
): Promise<FilledFile> {
  const hash = new GrowingHash(path, start);
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
    const [sha256] = await Promise.all([hash.digest(), handle.datasync()]);
    return {sizeBytes, sha256};
  } catch (error) {
    hash.drop();
    await flushing.catch(() => undefined);
    throw error;
  }
}

/** The disk works while the next bytes come, instead of all at once at the end. */
const FLUSH_BYTES = 32 << 20;

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

/** Starting a thread takes about as long as hashing so much. */
const THREAD_BYTES = 32 << 20;

/** One core is left to the writers; more than four large files at once are rare. */
const THREADS = new HashPool(Math.max(1, Math.min(4, availableParallelism() - 1)));

class GrowingHash {
  readonly #path: string;
  #here: Hash | undefined = createHash('sha256');
  #followed: FollowedFile | undefined;

  constructor(path: string, start: number) {
    this.#path = path;
    if (start > 0) this.#follow(start);
  }

  update(chunk: Uint8Array): void {
    this.#here?.update(chunk);
  }

  /** So many bytes of the file are written. */
  advance(sizeBytes: number): void {
    if (this.#followed) this.#followed.advance(sizeBytes);
    else if (sizeBytes >= THREAD_BYTES) this.#follow(sizeBytes);
  }

  async digest(): Promise<string> {
    if (this.#here) return this.#here.digest('hex');
    const followed = this.#followed;
    this.#followed = undefined;
    const answer = await followed?.finish();
    if (answer && 'hex' in answer) return answer.hex;
    throw Object.assign(new Error(`cannot read back ${this.#path}: ${answer?.message ?? ''}`), {
      code: answer?.errno,
    });
  }

  drop(): void {
    this.#followed?.drop();
  }

  #follow(sizeBytes: number): void {
    this.#here = undefined;
    this.#followed = THREADS.follow(this.#path);
    this.#followed.advance(sizeBytes);
  }
}
