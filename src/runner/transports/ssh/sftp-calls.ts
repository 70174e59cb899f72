/**
 * The calls of an SFTP channel as promises. Each ends within its time: an answer that does not come is
 * `target.unreachable`, as a broken connection is. What the server refuses is `target.failed` with the path and the
 * status in its facts; extensions that a server does not offer are told by `isDone: false` or undefined, never by an error.
 */
import type {Writable} from 'node:stream';
import type {InputAttributes, OpenMode, SFTPWrapper, Stats} from 'ssh2';
import {isStatus, refusal, STATUS, unanswered} from './sftp-calls-failures.ts';

/** For one request; moving many bytes has a clock of its own. */
export const REQUEST_TIMEOUT_MS = 30_000;

/** An open file on the target. */
export type SftpHandle = Buffer;

type Done<T> = (error: Error | null | undefined, value: T) => void;

/** For answers that are a status and nothing else. */
function told(done: Done<void>): (error?: Error | null) => void {
  return (error) => done(error, undefined);
}

/** @throws CosmosError target.unreachable, target.failed */
export function request<T>(
  action: string,
  path: string,
  start: (done: Done<T>) => void,
  timeoutMs = REQUEST_TIMEOUT_MS,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(unanswered(action, path)), timeoutMs);
    start((error, value) => {
      clearTimeout(timer);
      if (error) reject(refusal(error, action, path));
      else resolve(value);
    });
  });
}

/** Gives `read` and `write` the clock of all other calls. @throws CosmosError target.unreachable */
export function inTime<T>(action: string, path: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(unanswered(action, path)), REQUEST_TIMEOUT_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Undefined when there is no such file. */
export async function ifThere<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isStatus(error, STATUS.noSuchFile)) return undefined;
    throw error;
  }
}

export function open(
  sftp: SFTPWrapper,
  path: string,
  mode: OpenMode | number,
  permissions = 0o644,
): Promise<SftpHandle> {
  return request('open', path, (done) => sftp.open(path, mode, permissions, done));
}

export function close(sftp: SFTPWrapper, handle: SftpHandle, path: string): Promise<void> {
  return request('close', path, (done) => sftp.close(handle, told(done)));
}

export function fstat(sftp: SFTPWrapper, handle: SftpHandle, path: string): Promise<Stats> {
  return request('look at', path, (done) => sftp.fstat(handle, done));
}

/** Follows symbolic links. */
export function stat(sftp: SFTPWrapper, path: string): Promise<Stats> {
  return request('look at', path, (done) => sftp.stat(path, done));
}

export function lstat(sftp: SFTPWrapper, path: string): Promise<Stats> {
  return request('look at', path, (done) => sftp.lstat(path, done));
}

export function setstat(sftp: SFTPWrapper, path: string, attributes: InputAttributes): Promise<void> {
  return request('change', path, (done) => sftp.setstat(path, attributes, told(done)));
}

export function mkdir(sftp: SFTPWrapper, path: string): Promise<void> {
  return request('make the folder', path, (done) => sftp.mkdir(path, told(done)));
}

export function unlink(sftp: SFTPWrapper, path: string): Promise<void> {
  return request('remove', path, (done) => sftp.unlink(path, told(done)));
}

export function realpath(sftp: SFTPWrapper, path: string): Promise<string> {
  return request('resolve', path, (done) => sftp.realpath(path, done));
}

/** One that does not replace. */
export function rename(sftp: SFTPWrapper, from: string, to: string): Promise<void> {
  return request('rename', from, (done) => sftp.rename(from, to, told(done)));
}

/** Replaces atomically. @returns false where the server does not offer it */
export function posixRename(sftp: SFTPWrapper, from: string, to: string): Promise<boolean> {
  return extension('rename', from, (done) => sftp.ext_openssh_rename(from, to, told(done)));
}

/** @returns false where the server does not offer it */
export function hardlink(sftp: SFTPWrapper, from: string, to: string): Promise<boolean> {
  return extension('link', to, (done) => sftp.ext_openssh_hardlink(from, to, told(done)));
}

/** Of a large file this may take long: what was written must reach the disk first. @returns false where the server does not offer it */
export function fsync(sftp: SFTPWrapper, handle: SftpHandle, path: string): Promise<boolean> {
  const start = (done: Done<void>): void => sftp.ext_openssh_fsync(handle, told(done));
  return extension('sync', path, start, FSYNC_TIMEOUT_MS);
}

const FSYNC_TIMEOUT_MS = 300_000;

/** Bytes that this user may still write; undefined where the server does not say. */
export async function freeBytes(sftp: SFTPWrapper, path: string): Promise<number | undefined> {
  let facts: SpaceFacts | undefined;
  const isDone = await extension('measure', path, (done) =>
    sftp.ext_openssh_statvfs(path, (error, value: SpaceFacts) => {
      facts = value;
      done(error, undefined);
    }),
  );
  if (!isDone || facts === undefined) return undefined;
  const isOutOfFiles = facts.f_files > 0 && facts.f_favail === 0;
  return isOutOfFiles ? 0 : facts.f_bavail * facts.f_frsize;
}

interface SpaceFacts {
  f_frsize: number;
  f_bavail: number;
  f_files: number;
  f_favail: number;
}

/**
 * At most `length` bytes from `position` on into the buffer at `offset`; 0 at the end of the file. It has no clock: of
 * many reads in flight the last waits for all others, and who issues them watches over all.
 */
export function read(
  sftp: SFTPWrapper,
  handle: SftpHandle,
  {buffer, offset, length, position, path}: ReadPlace,
): Promise<number> {
  return new Promise((resolve, reject) => {
    sftp.read(handle, buffer, offset, length, position, (error, bytesRead) => {
      if (error) reject(refusal(error, 'read', path));
      else resolve(bytesRead);
    });
  });
}

export interface ReadPlace {
  buffer: Buffer;
  offset: number;
  length: number;
  position: number;
  path: string;
}

/** The whole buffer, at `position`. Without a clock, as `read`. The buffer is copied before this returns. */
export function write(
  sftp: SFTPWrapper,
  handle: SftpHandle,
  {buffer, position, path}: {buffer: Buffer; position: number; path: string},
): Promise<void> {
  return new Promise((resolve, reject) => {
    sftp.write(handle, buffer, 0, buffer.length, position, (error) => {
      if (error) reject(refusal(error, 'write to', path));
      else resolve();
    });
  });
}

/** What ssh2 has negotiated (limits@openssh.com) or assumes; asking for more gives short reads, which are slow. */
export function largestRead(sftp: SFTPWrapper): number {
  return (sftp as {_maxReadLen?: number})._maxReadLen ?? SAFE_BYTES;
}

export function largestWrite(sftp: SFTPWrapper): number {
  return (sftp as {_maxWriteLen?: number})._maxWriteLen ?? SAFE_BYTES;
}

/** Requests that are issued together leave together: one packet on the network for many, and one call of the system. */
export function corked(sftp: SFTPWrapper, issue: () => void): void {
  const socket = (sftp as {_client?: {_sock?: Partial<Pick<Writable, 'cork' | 'uncork'>>}})._client?._sock;
  socket?.cork?.();
  try {
    issue();
  } finally {
    socket?.uncork?.();
  }
}

/** What every server must take. */
const SAFE_BYTES = 32 * 1024;

/** ssh2 throws at once where the server has not offered the extension. */
async function extension(
  action: string,
  path: string,
  start: (done: Done<void>) => void,
  timeoutMs?: number,
): Promise<boolean> {
  let isOffered = true;
  const guarded = (done: Done<void>): void => {
    try {
      start(done);
    } catch {
      isOffered = false;
      done(undefined, undefined);
    }
  };
  try {
    await request(action, path, guarded, timeoutMs);
    return isOffered;
  } catch (error) {
    if (isStatus(error, STATUS.unsupported)) return false;
    throw error;
  }
}
