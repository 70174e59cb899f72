/**
 * Inputs go up once for each target: into `<root>/blobs/<hex>`, from where jobs get hard links, else copies. A blob is
 * complete there or absent: it is written under a name of this client's own, synced, hashed once by the target itself,
 * and only then gets its name. An upload that broke goes on where it was.
 */
import {hostname} from 'node:os';
import {posix} from 'node:path';
import type {SFTPWrapper} from 'ssh2';
import type {BlobFacts} from '../../../cas/descriptor.ts';
import {hashBytes, hexOf} from '../../../cas/digest.ts';
import type {LocalStore} from '../../../cas/local/local-store.ts';
import {CosmosError} from '../../../errors.ts';
import {sleep} from '../../../platform/clock.ts';
import {randomHex} from '../../../platform/random.ts';
import {ensureFolders, explainFull, replace, sizeOfFile, syncFolder} from './files.ts';
import {RETRY_PAUSES_MS} from './lanes.ts';
import type {SshSession} from './session.ts';
import * as calls from './sftp-calls.ts';
import {diskFull, isStatus, isUnreachable, STATUS} from './sftp-calls-failures.ts';
import {sendBlob} from './upload-window.ts';

export interface UploadContext {
  session: SshSession;
  store: LocalStore;
  /** Counts what was sent of blobs; a second run with the same inputs adds nothing. */
  sent: {blobBytes: number};
}

/** Puts the blob at `path`, whole or not at all. @throws CosmosError target.unreachable, target.failed, target.full */
export async function placeBlobThere(context: UploadContext, blob: BlobFacts, path: string): Promise<void> {
  const {session} = context;
  if ((await sizeOfFile(session, path)) === blob.size) return;
  const cached = await ensureCached(context, blob, cacheFor(path));
  const sftp = await session.sftp();
  if (await tryLink(sftp, {from: cached, to: path, sizeBytes: blob.size})) return;
  await copyThere(context, {from: cached, to: path, sizeBytes: blob.size});
}

/** `<root>/blobs` of `<root>/jobs/<id>/inputs/<name>`: a run keeps to the root that it began with. */
function cacheFor(path: string): string {
  const root = /^(\/.*)?\/jobs\/[^/]+\/inputs\/./.exec(path)?.[1];
  if (root === undefined) throw new Error(`${path} is no place for an input of a job`);
  return posix.join('/', root, 'blobs');
}

/** Where the blob lies on the target afterwards. */
async function ensureCached(context: UploadContext, blob: BlobFacts, cache: string): Promise<string> {
  const {session} = context;
  const hex = hexOf(blob.digest);
  const cached = posix.join(cache, hex);
  const part = posix.join(cache, `.${hex}.${clientName(context.store)}.part`);
  if ((await sizeOfFile(session, cached)) === blob.size) return cached;
  await ensureFolders(session, cache);
  const isContinued = await sendStubbornly(context, blob, part);
  try {
    await publish(context, blob, {part, cached});
  } catch (error) {
    if (!isContinued || !(error instanceof CosmosError) || error.code !== 'blob.mismatch') throw error;
    await sendStubbornly(context, blob, part);
    await publish(context, blob, {part, cached});
  }
  return cached;
}

/** Two workspaces of one machine have different names: neither writes into the other's part. */
function clientName(store: LocalStore): string {
  return hexOf(hashBytes(Buffer.from(`${hostname()}\0${store.context.paths.root}`))).slice(0, 12);
}

/** Sends what is missing of the part, through broken connections. @returns whether it went on with an earlier part */
async function sendStubbornly(context: UploadContext, blob: BlobFacts, part: string): Promise<boolean> {
  const {session, store, sent} = context;
  let isContinued = false;
  for (let fruitless = 0; ; fruitless += 1) {
    const before = sent.blobBytes;
    try {
      const sftp = await session.sftp();
      try {
        const start = await sendBlob({session, store, sent}, blob, part);
        return isContinued || start > 0;
      } catch (error) {
        throw await explainFull(sftp, error, {path: part, sizeBytes: FULL_BELOW_BYTES});
      }
    } catch (error) {
      if (sent.blobBytes > before) fruitless = 0;
      const pauseMs = RETRY_PAUSES_MS[fruitless];
      if (!isUnreachable(error)) await removePart(session, part);
      if (!isUnreachable(error) || pauseMs === undefined) throw error;
      isContinued = true;
      await sleep(pauseMs);
    }
  }
}

/** A part that cannot become the blob only takes space, such as that of a disk that is full. */
async function removePart(session: SshSession, part: string): Promise<void> {
  await calls.unlink(await session.sftp(), part).catch(() => undefined);
}

/** With less than one write's worth left a refused write means a full disk. */
const FULL_BELOW_BYTES = 1 << 20;

/** The part gets its name if the target itself finds the right digest; a wrong part is removed. */
async function publish(
  {session}: UploadContext,
  blob: BlobFacts,
  {part, cached}: {part: string; cached: string},
): Promise<void> {
  const found = await hashThere(session, part, blob.size);
  const sftp = await session.sftp();
  const isWrong = found !== undefined && found !== hexOf(blob.digest);
  // Somebody else may have been faster; a part that is gone got its name from another process of this client.
  const isThere = !isWrong && (await sizeOfFile(session, cached)) === blob.size;
  if (isWrong || isThere) await calls.ifThere(calls.unlink(sftp, part));
  if (isThere) return;
  if (found !== hexOf(blob.digest)) throw arrivedWrong(blob, cached, found);
  try {
    // Jobs get links to it: nobody should write into it by mistake.
    await calls.setstat(sftp, part, {mode: 0o444});
    await replace(sftp, part, cached);
  } catch (error) {
    const isNamed = isStatus(error, STATUS.noSuchFile) && (await sizeOfFile(session, cached)) === blob.size;
    if (!isNamed) throw error;
  }
  await syncFolder(sftp, posix.dirname(cached));
}

/** Undefined when there is no such file any more. */
async function hashThere(session: SshSession, path: string, sizeBytes: number): Promise<string | undefined> {
  const timeoutMs = 60_000 + sizeBytes / SLOWEST_HASH_BYTES_PER_MS;
  const {code, stdout, stderr} = await session.exec(['sha256sum', path], {timeoutMs});
  const hex = /^\\?([0-9a-f]{64}) /.exec(stdout)?.[1];
  if (code === 0 && hex !== undefined) return hex;
  if ((await sizeOfFile(session, path)) === undefined) return undefined;
  throw new CosmosError('target.failed', `The target cannot hash ${path}: ${stderr.trim().slice(-500)}`, {
    hint: 'It needs the program sha256sum (coreutils or busybox) for its login user.',
    facts: {path, code, stderr},
  });
}

/** 20 MB/s: a network disk on a bad day. */
const SLOWEST_HASH_BYTES_PER_MS = 20_000;

interface Placing {
  from: string;
  to: string;
  sizeBytes: number;
}

/** @returns false where there are no hard links, or not from there to here */
async function tryLink(sftp: SFTPWrapper, {from, to, sizeBytes}: Placing): Promise<boolean> {
  try {
    return await calls.hardlink(sftp, from, to);
  } catch (error) {
    if (!isStatus(error, STATUS.failure, STATUS.permissionDenied)) throw error;
    const found = await calls.ifThere(calls.lstat(sftp, to));
    return found?.isFile() === true && found.size === sizeBytes;
  }
}

/** In place of what may be there with another size. Never a symbolic link: a container would not see behind it. */
async function copyThere({session}: UploadContext, {from, to, sizeBytes}: Placing): Promise<void> {
  const draft = `${to}.${randomHex(4)}.part`;
  const timeoutMs = 60_000 + sizeBytes / SLOWEST_HASH_BYTES_PER_MS;
  const {code, stderr} = await session.exec(['cp', from, draft], {timeoutMs});
  const sftp = await session.sftp();
  if (code === 0) return replace(sftp, draft, to);
  await calls.ifThere(calls.unlink(sftp, draft));
  const free = await calls.freeBytes(sftp, posix.dirname(to)).catch(() => undefined);
  if (/no space left|quota exceeded/i.test(stderr)) throw diskFull(to, free);
  throw new CosmosError('target.failed', `Cannot copy ${from} to ${to}: ${stderr.trim().slice(-500)}`, {
    hint: 'Look at the root folder of the target: its disk, and who may write to it.',
    facts: {from, to, stderr},
  });
}

function arrivedWrong(blob: BlobFacts, path: string, found: string | undefined): CosmosError {
  return new CosmosError(
    'blob.mismatch',
    `What arrived on the target for ${blob.digest} hashes to ${found ?? 'nothing'}.`,
    {
      hint: 'It was removed there. Try again; if it happens twice, the disk or the memory of the target damages bytes.',
      facts: {digest: blob.digest, path, found},
    },
  );
}
