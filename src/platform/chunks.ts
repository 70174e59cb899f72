/** Reads files in big pieces: Node's own 64 KiB streams halve the speed of hashing. */
import {readFileSync, statSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {CosmosError, isErrno} from '../errors.ts';

/** 1 MiB: larger reads gained nothing when measured, smaller ones cost up to half of the throughput. */
export const CHUNK_BYTES = 1 << 20;

/** For what a file has grown by since it was opened; usually nothing. */
const TAIL_BYTES = 64 * 1024;

export interface ChunkOptions {
  /** First byte; default 0. */
  start?: number;
  /** One past the last byte; default the end of the file. */
  end?: number;
  signal?: AbortSignal | undefined;
  /**
   * Chunks are lent: each is valid only until the next is asked for. Two buffers then serve the whole file; fresh memory
   * for every chunk costs about as much as hashing it.
   */
  isLending?: boolean;
}

/** A file of at most this many bytes is read at once: opening a stream would take longer. */
export const SMALL_BYTES = 64 * 1024;

/** A file as something to store: its bytes when it is small, else a stream of lent chunks. @throws CosmosError file.unreadable */
export function fileSource(path: string): Uint8Array | AsyncIterable<Uint8Array> {
  try {
    const {size} = statSync(path);
    return size <= SMALL_BYTES ? readFileSync(path) : fileChunks(path, {isLending: true});
  } catch (error) {
    throw explainReadError(error, path);
  }
}

/** The bytes of a file, one read ahead of the consumer. Each chunk is the consumer's own, unless it is lent. */
export async function* fileChunks(
  path: string,
  options: ChunkOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw explainReadError(error, path);
  });
  const end = options.end ?? Number.POSITIVE_INFINITY;
  let position = options.start ?? 0;
  try {
    const {size} = await handle.stat();
    const bufferOf =
      options.isLending === true ? lendBuffers() : (bytes: number) => Buffer.allocUnsafeSlow(bytes);
    const readNext = async (at: number): Promise<Uint8Array> => {
      const wanted = Math.max(0, Math.min(CHUNK_BYTES, end - at, at < size ? size - at : TAIL_BYTES));
      const buffer = bufferOf(wanted);
      const {bytesRead} = await handle.read(buffer, 0, buffer.length, at);
      return buffer.subarray(0, bytesRead);
    };
    let next = readNext(position);
    for (;;) {
      options.signal?.throwIfAborted();
      const chunk = await next;
      if (chunk.length === 0) return;
      position += chunk.length;
      next = readNext(position);
      next.catch(() => undefined);
      yield chunk;
    }
  } catch (error) {
    throw explainReadError(error, path);
  } finally {
    await handle.close();
  }
}

/** No more than `count` bytes of a stream, whatever it goes on to say. */
export async function* firstBytes(
  source: AsyncIterable<Uint8Array>,
  count: number,
): AsyncGenerator<Uint8Array, void, void> {
  let left = count;
  if (left <= 0) return;
  for await (const chunk of source) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}

/** Two buffers in turn: one is with the consumer while the other is being filled. */
function lendBuffers(): (bytes: number) => Buffer {
  let [next, other] = [Buffer.alloc(0), Buffer.alloc(0)];
  return (bytes) => {
    if (next.length < bytes) next = Buffer.allocUnsafeSlow(bytes);
    [next, other] = [other, next];
    return other.subarray(0, bytes);
  };
}

function explainReadError(error: unknown, path: string): unknown {
  if (isErrno(error, 'ENOENT'))
    return new CosmosError('file.unreadable', `There is no file ${path}.`, {cause: error, facts: {path}});
  if (isErrno(error, 'EISDIR')) {
    return new CosmosError('file.unreadable', `${path} is a folder, not a file.`, {
      cause: error,
      facts: {path},
    });
  }
  if (isErrno(error, 'EACCES', 'EPERM', 'EIO')) {
    return new CosmosError('file.unreadable', `Cannot read ${path} (${error.code ?? ''}).`, {
      hint: 'Check that your user may read the file and that the disk is well.',
      cause: error,
      facts: {path},
    });
  }
  return error;
}
