/** The digest of one file on disk, with word of whether somebody wrote to it meanwhile. */
import {createHash} from 'node:crypto';
import type {BigIntStats} from 'node:fs';
import {constants} from 'node:fs';
import type {FileHandle} from 'node:fs/promises';
import {open} from 'node:fs/promises';
import {isErrno} from '../../../errors.ts';

/** Reads of 1 MiB and more hash at full speed; two of these are in flight. */
const BUFFER_BYTES = 4 << 20;

export interface HashedFile {
  digest: string;
  size: number;
  /** Size or modification time were others afterwards. */
  isChanged: boolean;
}

/**
 * Hashes as many bytes as the file has at the start, and makes them durable. Does not follow a symbolic link.
 * @throws Error of the system (ENOENT, ELOOP, EACCES, EIO ...), and a plain one for what is not a regular file.
 */
export async function hashFile(path: string): Promise<HashedFile> {
  // O_NONBLOCK: a named pipe must not hold us up. Windows knows neither flag.
  const {O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0} = constants as Partial<typeof constants>;
  const handle = await open(path, (O_RDONLY ?? 0) | O_NOFOLLOW | O_NONBLOCK);
  try {
    const before = await handle.stat({bigint: true});
    if (!before.isFile()) throw new Error(`${path} is not a regular file`);
    const {digest, size} = await hashBytes(handle, Number(before.size));
    await syncRead(handle);
    const after = await handle.stat({bigint: true});
    return {digest, size, isChanged: BigInt(size) !== before.size || isAltered(before, after)};
  } finally {
    await handle.close();
  }
}

/** Reading the next piece overlaps with hashing the one before. */
async function hashBytes(handle: FileHandle, limit: number): Promise<{digest: string; size: number}> {
  const hash = createHash('sha256');
  const buffers = [Buffer.allocUnsafe(bufferSize(limit)), Buffer.allocUnsafe(bufferSize(limit))] as const;
  const readAt = (position: number, turn: number): Promise<{bytesRead: number; buffer: Buffer}> => {
    const buffer = buffers[turn % 2 === 0 ? 0 : 1];
    return handle.read(buffer, 0, Math.min(buffer.length, limit - position), position);
  };
  let size = 0;
  let next = readAt(0, 0);
  for (let turn = 1; ; turn += 1) {
    const {bytesRead, buffer} = await next;
    size += bytesRead;
    if (bytesRead === 0) return {digest: `sha256:${hash.digest('hex')}`, size};
    next = readAt(size, turn);
    next.catch(() => undefined);
    hash.update(buffer.subarray(0, bytesRead));
  }
}

function bufferSize(limit: number): number {
  return Math.max(1, Math.min(BUFFER_BYTES, limit));
}

function isAltered(before: BigIntStats, after: BigIntStats): boolean {
  return before.size !== after.size || before.mtimeNs !== after.mtimeNs;
}

/** Windows syncs only handles that may write. */
async function syncRead(handle: FileHandle): Promise<void> {
  try {
    await handle.sync();
  } catch (error) {
    if (process.platform !== 'win32' || !isErrno(error, 'EPERM', 'EACCES', 'EBADF')) throw error;
  }
}
