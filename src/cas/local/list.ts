/** Walking the blob folders: what is really there, whatever the catalog says. */
import {lstatSync} from 'node:fs';
import {lstat, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {isErrno} from '../../errors.ts';
import {mapLimit} from '../../platform/concurrency.ts';
import type {BlobFacts} from '../descriptor.ts';
import {digestOf, type Digest} from '../digest.ts';
import {blobPath, type StorePaths} from './paths.ts';

/** A blob in place; undefined when there is none, or something that is no file. A symbolic link is none: it is not bytes. */
export async function findBlobFile(paths: StorePaths, digest: Digest): Promise<BlobFacts | undefined> {
  try {
    const stats = await lstat(blobPath(paths, digest));
    return stats.isFile() ? {digest, size: stats.size} : undefined;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** The same, synchronously: for the inside of a transaction. */
export function findBlobFileNow(paths: StorePaths, digest: Digest): BlobFacts | undefined {
  try {
    const stats = lstatSync(blobPath(paths, digest), {throwIfNoEntry: false});
    return stats?.isFile() ? {digest, size: stats.size} : undefined;
  } catch (error) {
    if (isErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Every blob, in no order. */
export async function* listBlobFiles(paths: StorePaths): AsyncGenerator<BlobFacts, void, void> {
  for (const shard of await readdir(paths.blobs)) {
    const digests = await listShard(paths.blobs, shard);
    const found = await mapLimit(digests, 16, (digest) => findBlobFile(paths, digest));
    for (const facts of found) if (facts) yield facts;
  }
}

/** The digests by which files are named in a shard of `folder`. */
export async function listShard(folder: string, shard: string): Promise<Digest[]> {
  const names = await namesIn(join(folder, shard));
  return names.filter((name) => isBlobName(shard, name)).map(digestOf);
}

/** Also of a link to a folder: what is found by name has to be listed. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** Names under blobs/ that are no blobs: nothing of ours, to be reported and left alone. */
export async function listStrays(paths: StorePaths): Promise<string[]> {
  const strays: string[] = [];
  for (const shard of await readdir(paths.blobs, {withFileTypes: true})) {
    if (!shard.isDirectory()) {
      strays.push(shard.name);
      continue;
    }
    const files = await readdir(join(paths.blobs, shard.name), {withFileTypes: true});
    const odd = files.filter((file) => !file.isFile() || !isBlobName(shard.name, file.name));
    strays.push(...odd.map((file) => join(shard.name, file.name)));
  }
  return strays;
}

function isBlobName(shard: string, name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name) && name.startsWith(shard);
}
