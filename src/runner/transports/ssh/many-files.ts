/**
 * Many small files without a round trip each: hundreds are looked at, opened, read and closed at once on channels of
 * their own, so the line is always full. Names are the caller's; nothing on the target parses them.
 */
import type {SFTPWrapper} from 'ssh2';
import type {ManyFile} from '../../target.ts';
import type {SshSession} from './session.ts';
import * as calls from './sftp-calls.ts';
import {changedWhileRead, notAFile} from './sftp-calls-failures.ts';

/** Larger files are streamed. */
export const MOST_BYTES = 64 * 1024;

/** Of each channel; a server allows about a thousand open files. 128 x 64 KiB are more than a line holds. */
const AT_ONCE = 128;
const CHANNELS = 2;

/** In the order of the list; of larger files the size alone. @throws CosmosError target.unreachable, target.failed */
export async function* readManyFiles(
  session: SshSession,
  paths: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<ManyFile, void, void> {
  if (paths.length === 0) return;
  const lanes = await session.lanes(1, CHANNELS);
  const queue: Promise<ManyFile>[] = [];
  let next = 0;
  const fill = (): void => {
    for (const path of paths.slice(next, next + AT_ONCE * lanes.length - queue.length)) {
      const reading = readOne(lanes[next++ % lanes.length], path);
      reading.catch(() => undefined);
      queue.push(reading);
    }
  };
  fill();
  while (queue.length > 0) {
    signal?.throwIfAborted();
    const file = await queue.shift();
    if (file) yield file;
    fill();
  }
}

async function readOne(sftp: SFTPWrapper | undefined, path: string): Promise<ManyFile> {
  if (!sftp) throw new Error('a session gave no channel');
  const stats = await calls.lstat(sftp, path);
  if (!stats.isFile()) throw notAFile(path);
  if (stats.size > MOST_BYTES) return {path, size: stats.size, bytes: null};
  return {path, size: stats.size, bytes: await readExactly(sftp, path, stats.size)};
}

/** Asks for one byte more than there should be, so that one answer tells the bytes and that no more came. */
async function readExactly(sftp: SFTPWrapper, path: string, size: number): Promise<Buffer> {
  const handle = await calls.open(sftp, path, 'r');
  try {
    const buffer = Buffer.allocUnsafeSlow(size + 1);
    const place = {buffer, offset: 0, length: buffer.length, position: 0, path};
    const length = await calls.inTime('read', path, calls.read(sftp, handle, place));
    if (length !== size) throw changedWhileRead(path, size, length);
    return buffer.subarray(0, size);
  } finally {
    calls.close(sftp, handle, path).catch(() => undefined);
  }
}
