/** The transport of the built-in target: this machine's own filesystem. Inputs are clones or copies, never links into blobs/. */
import {mkdir, readFile, rename, rm, stat} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {BlobFacts} from '../../cas/descriptor.ts';
import type {LocalStore} from '../../cas/local/local-store.ts';
import {materialize} from '../../cas/materialize.ts';
import {isErrno} from '../../errors.ts';
import {fileChunks} from '../../platform/chunks.ts';
import {ensureFolder, explainWriteError, publishReplacing, syncFolder} from '../../platform/publish.ts';
import {randomHex} from '../../platform/random.ts';
import type {Transport} from '../target.ts';

export function makeLocalTransport(store: LocalStore): Transport {
  return {
    readFile: (path) => readIfThere(path),
    writeFile: (path, bytes) => publishReplacing(path, bytes),
    stream: (path, offset = 0, signal) => fileChunks(path, {start: offset, signal}),
    sizeOf,
    isFolder,
    claimFolder,
    ensureFolder,
    placeBlob: (blob, path) => placeBlob(store, blob, path),
    removeFolder: (path) => rm(path, {recursive: true, force: true, maxRetries: 3}),
  };
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  const stats = await statIfThere(path);
  return stats?.isFile() ? stats.size : undefined;
}

async function isFolder(path: string): Promise<boolean> {
  return (await statIfThere(path))?.isDirectory() ?? false;
}

async function claimFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw explainWriteError(error, path);
  }
  await syncFolder(dirname(path));
  return true;
}

async function placeBlob(store: LocalStore, blob: BlobFacts, path: string): Promise<void> {
  if ((await sizeOf(path)) === blob.size) return;
  const draft = `${path}.${randomHex(4)}.part`;
  await materialize(store, blob, draft, 'clone');
  await rename(draft, path);
}

async function statIfThere(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
