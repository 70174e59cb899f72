/** Walking the blob folders: what is really there, whatever the catalog says. */
import {lstatSync} from 'node:fs';
import {lstat, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {isErrno} from '../../errors.ts';
import type {BlobFacts} from '../descriptor.ts';
import type {Digest} from '../digest.ts';
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

/**
 * Every blob, in no order. Looks at a shard's files one after another and without a promise for each: of a million that took half
 * as long as many at once, be they in the memory of the system or on the disk.
 */
export async function* listBlobFiles(paths: StorePaths): AsyncGenerator<BlobFacts, void, void> {
  for await (const digests of listBlobNames(paths))
    for (const digest of digests) {
      const facts = findBlobFileNow(paths, digest);
      if (facts) yield facts;
    }
}

/** The names of all blobs, those of a shard at a time. Whether something else stands under a name has not been looked at. */
export async function* listBlobNames(paths: StorePaths): AsyncGenerator<Digest[], void, void> {
  for (const shard of await readdir(paths.blobs)) yield await listShard(paths.blobs, shard);
}

/** The digests by which files are named in a shard of `folder`. */
export async function listShard(folder: string, shard: string): Promise<Digest[]> {
  const names = await namesIn(join(folder, shard));
  return names.filter((name) => isBlobName(shard, name)).map((hex) => `sha256:${hex}` as Digest);
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
