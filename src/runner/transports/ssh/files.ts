/**
 * Small files and folders of a target over SFTP, on posix paths. Writing is durable and atomic where the server offers
 * fsync and posix-rename; elsewhere the old file goes just before the new one comes. What is no regular file is never
 * opened: a pipe would block the server, and a link may lead anywhere.
 */
import {posix} from 'node:path';
import type {SFTPWrapper} from 'ssh2';
import {CosmosError} from '../../../errors.ts';
import {randomHex} from '../../../platform/random.ts';
import type {SshSession} from './session.ts';
import * as calls from './sftp-calls.ts';
import {diskFull, isStatus, notAFile, STATUS} from './sftp-calls-failures.ts';

/** Records and lists are far smaller; what is larger is streamed. */
export const MOST_SMALL_BYTES = 4 << 20;

/** A small file whole; undefined when it is not there. @throws CosmosError target.unreachable, target.failed */
export async function readSmallFile(session: SshSession, path: string): Promise<Uint8Array | undefined> {
  const sftp = await session.sftp();
  const stats = await calls.ifThere(calls.lstat(sftp, path));
  if (!stats) return undefined;
  if (!stats.isFile()) throw notAFile(path);
  if (stats.size > MOST_SMALL_BYTES) throw tooLarge(path, stats.size);
  return calls.ifThere(readWhole(sftp, path));
}

/** Reads until the end, and not what was announced: the file may be written while it is read. */
export async function readWhole(
  sftp: SFTPWrapper,
  path: string,
  mostBytes = MOST_SMALL_BYTES,
): Promise<Buffer> {
  const handle = await calls.open(sftp, path, 'r');
  try {
    const parts: Buffer[] = [];
    const pieceBytes = Math.min(mostBytes + 1, calls.largestRead(sftp));
    for (let position = 0; ;) {
      const part = await readPart(sftp, handle, {position, pieceBytes, path});
      if (part.length === 0) return Buffer.concat(parts);
      parts.push(part);
      position += part.length;
      if (position > mostBytes) throw tooLarge(path, position);
    }
  } finally {
    calls.close(sftp, handle, path).catch(() => undefined);
  }
}

/** Replaces, whole or not at all. @throws CosmosError target.unreachable, target.failed, target.full */
export async function writeSmallFile(session: SshSession, path: string, bytes: Uint8Array): Promise<void> {
  const sftp = await session.sftp();
  const draft = `${path}.${randomHex(4)}.part`;
  try {
    const handle = await calls.open(sftp, draft, 'wx');
    try {
      await writeAll(sftp, handle, {bytes, path: draft});
      await calls.fsync(sftp, handle, draft);
    } finally {
      await calls.close(sftp, handle, draft);
    }
    await replace(sftp, draft, path);
  } catch (error) {
    calls.unlink(sftp, draft).catch(() => undefined);
    throw await explainFull(sftp, error, {path, sizeBytes: bytes.length});
  }
  await syncFolder(sftp, posix.dirname(path));
}

/** Size of a regular file; undefined for anything else. */
export async function sizeOfFile(session: SshSession, path: string): Promise<number | undefined> {
  const stats = await calls.ifThere(calls.lstat(await session.sftp(), path));
  return stats?.isFile() ? stats.size : undefined;
}

export async function isFolderThere(session: SshSession, path: string): Promise<boolean> {
  const stats = await calls.ifThere(calls.lstat(await session.sftp(), path));
  return stats?.isDirectory() ?? false;
}

/** Makes one folder; false when the name was taken. SFTP says "failure" for a taken name, so a look decides. */
export async function claimOneFolder(session: SshSession, path: string): Promise<boolean> {
  const sftp = await session.sftp();
  try {
    await calls.mkdir(sftp, path);
  } catch (error) {
    if (!isStatus(error, STATUS.failure)) throw error;
    if (await calls.ifThere(calls.lstat(sftp, path))) return false;
    throw await explainFull(sftp, error, {path, sizeBytes: 0});
  }
  await syncFolder(sftp, posix.dirname(path));
  return true;
}

/** Makes the folder and its missing parents. A link to a folder will do: many boxes have their data disk behind one. */
export async function ensureFolders(session: SshSession, path: string): Promise<void> {
  const sftp = await session.sftp();
  const stats = await calls.ifThere(calls.stat(sftp, path));
  if (stats?.isDirectory()) return;
  if (stats) {
    throw new CosmosError('target.failed', `${path} on the target is not a folder.`, {
      hint: 'Move it away on the target, or choose another root folder for the target.',
      facts: {path},
    });
  }
  const parent = posix.dirname(path);
  if (parent !== path) await ensureFolders(session, parent);
  if (await claimOneFolder(session, path)) return;
  // Somebody else made it, or it is a link that leads nowhere: the second look tells.
  if (!(await calls.stat(sftp, path)).isDirectory()) return ensureFolders(session, path);
}

/** Removes a job's folder with all that is in it; what is not right below a folder `jobs` is refused. */
export async function removeJobFolder(session: SshSession, path: string): Promise<void> {
  if (!JOB_FOLDER.test(path) || posix.normalize(path) !== path)
    throw new Error(`refusing to remove ${path}: it is no job's folder`);
  const {code, stderr} = await session.exec(['rm', '-rf', '--', path], {timeoutMs: REMOVE_TIMEOUT_MS});
  if (code === 0) return;
  throw new CosmosError(
    'target.failed',
    `Cannot remove ${path} on the target: ${stderr.trim().slice(-500)}`,
    {
      hint: 'Files of another user, such as a container running as root, may be left there. Remove the folder on the target.',
      facts: {path, stderr},
    },
  );
}

/** Ids begin with no dot, so that neither `.` nor `..` is one. */
const JOB_FOLDER = /^\/.*\/jobs\/[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** 100,000 files on a network disk. */
const REMOVE_TIMEOUT_MS = 600_000;

/** Gives a file its name, in place of what has it. */
export async function replace(sftp: SFTPWrapper, from: string, to: string): Promise<void> {
  if (await calls.posixRename(sftp, from, to)) return;
  try {
    await calls.rename(sftp, from, to);
  } catch (error) {
    if (!isStatus(error, STATUS.failure)) throw error;
    await calls.ifThere(calls.unlink(sftp, to));
    await calls.rename(sftp, from, to);
  }
}

/** Makes the names in a folder durable where the server lets a folder be opened; elsewhere its system sees to it in time. */
export async function syncFolder(sftp: SFTPWrapper, path: string): Promise<void> {
  try {
    const handle = await calls.open(sftp, path, 'r');
    await calls.fsync(sftp, handle, path).finally(() => calls.close(sftp, handle, path));
  } catch (error) {
    if (!isStatus(error, STATUS.failure, STATUS.permissionDenied, STATUS.unsupported)) throw error;
  }
}

/** A server says "failure" for a full disk: what is left there tells, where it says that. */
export async function explainFull(
  sftp: SFTPWrapper,
  error: unknown,
  {path, sizeBytes}: {path: string; sizeBytes: number},
): Promise<unknown> {
  if (!isStatus(error, STATUS.failure)) return error;
  const free = await calls.freeBytes(sftp, posix.dirname(path)).catch(() => undefined);
  return free !== undefined && free <= sizeBytes + SPACE_OF_A_NAME ? diskFull(path, free) : error;
}

/** What a filesystem may need for a new name. */
const SPACE_OF_A_NAME = 64 * 1024;

async function writeAll(
  sftp: SFTPWrapper,
  handle: calls.SftpHandle,
  {bytes, path}: {bytes: Uint8Array; path: string},
): Promise<void> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pieceBytes = calls.largestWrite(sftp);
  const pieces = Array.from(
    {length: Math.ceil(buffer.length / pieceBytes)},
    (_, index) => index * pieceBytes,
  );
  const writing = Promise.all(
    pieces.map((position) =>
      calls.write(sftp, handle, {buffer: buffer.subarray(position, position + pieceBytes), position, path}),
    ),
  );
  await calls.inTime('write to', path, writing);
}

async function readPart(
  sftp: SFTPWrapper,
  handle: calls.SftpHandle,
  {position, pieceBytes, path}: {position: number; pieceBytes: number; path: string},
): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(pieceBytes);
  const place = {buffer, offset: 0, length: pieceBytes, position, path};
  const bytesRead = await calls.inTime('read', path, calls.read(sftp, handle, place));
  return buffer.subarray(0, bytesRead);
}

function tooLarge(path: string, sizeBytes: number): CosmosError {
  return new CosmosError(
    'target.failed',
    `${path} on the target is too large for a record: ${sizeBytes} bytes.`,
    {
      hint: 'Something else was written there. Look at the job folder on the target.',
      facts: {path, size: sizeBytes},
    },
  );
}
