/**
 * A folder that a person names: a copy of a workspace or of its storage, or any files at all. Blobs are looked for under
 * their own names first, then among all files of the right size.
 */
import {lstat, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {hexOf, type Digest} from '../../cas/digest.ts';
import {CosmosError} from '../../errors.ts';
import {fileCopy, isFileOf} from './files.ts';
import type {Replica} from './replica.ts';

/** From the root of a workspace, of its storage, or of its blobs. */
const ABOVE = [['storage', 'blobs', 'sha256'], ['blobs', 'sha256'], ['sha256'], []];

/** @throws CosmosError file.unreadable for what is no folder that can be read */
export async function folderReplica(folder: string): Promise<Replica> {
  await readdir(folder).catch((error: unknown) => {
    throw new CosmosError('file.unreadable', `The folder ${folder} cannot be read.`, {
      hint: 'Nothing was repaired. Give a folder that is there, such as a copy of a workspace.',
      cause: error,
      facts: {folder},
    });
  });
  let sizes: Promise<Map<number, string[]>> | undefined;
  return {
    name: folder,
    async *listCopies({digest, size}) {
      const named = namesOf(folder, digest);
      for (const where of named) if (await isFileOf(where, size)) yield fileCopy(where);
      sizes ??= listBySize(folder);
      const others = (await sizes).get(size) ?? [];
      for (const where of others) if (!named.includes(where)) yield fileCopy(where);
    },
  };
}

function namesOf(folder: string, digest: Digest): string[] {
  const hex = hexOf(digest);
  return ABOVE.map((parts) => join(folder, ...parts, hex.slice(0, 2), hex));
}

/** Every regular file below the folder; links are not followed, and what cannot be read is passed over. */
async function listBySize(
  folder: string,
  sizes = new Map<number, string[]>(),
): Promise<Map<number, string[]>> {
  for (const entry of await readdir(folder, {withFileTypes: true}).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await listBySize(path, sizes);
    if (!entry.isFile()) continue;
    const size = (await lstat(path).catch(() => undefined))?.size;
    if (size === undefined) continue;
    const same = sizes.get(size);
    if (same) same.push(path);
    else sizes.set(size, [path]);
  }
  return sizes;
}
