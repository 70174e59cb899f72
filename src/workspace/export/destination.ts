/**
 * The folder that an export makes: filled under another name beside it, and given its own name when all of it is durable. A
 * folder that is there already is used only while it is empty.
 */
import {mkdir, readdir, realpath, rename, rm, rmdir, stat, statfs} from 'node:fs/promises';
import {basename, dirname, join, relative, sep} from 'node:path';
import {hashBytes, hexOf} from '../../cas/digest.ts';
import {CosmosError, isErrno} from '../../errors.ts';
import {ensureFolder, syncFolder} from '../../platform/publish.ts';
import type {Workspace} from '../workspace.ts';

export interface Destination {
  /** Absolute, links followed. */
  folder: string;
  /** Beside it, on the same disk; the same for every export of this store to that folder. */
  draft: string;
}

/** Writes nothing. @throws CosmosError usage.invalid */
export async function findDestination({root, storeId}: Workspace, wanted: string): Promise<Destination> {
  const folder = await realPlace(wanted);
  const home = await realpath(root);
  const below = relative(home, folder).split(sep)[0];
  if (below === 'storage' || below === 'manifests')
    throw unusable(folder, 'belongs to the store', join(home, 'export'));
  await refuseFilled(folder);
  if (await isDisk(folder)) throw unusable(folder, 'is a disk of its own, which cannot be replaced');
  const key = hexOf(hashBytes(Buffer.from(`${storeId} ${folder}`))).slice(0, 16);
  return {folder, draft: join(dirname(folder), `.cosmos-export-${key}.part`)};
}

/** Links followed as far as there is anything. @throws CosmosError usage.invalid */
async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isErrno(error, 'ENOTDIR')) throw unusable(path, 'is below a file');
    if (!isErrno(error, 'ENOENT') || path === dirname(path)) throw error;
    return join(await realPlace(dirname(path)), basename(path));
  }
}

/** An empty draft; what an export left there that was killed is removed. The caller holds the lease on the folder. */
export async function makeDraft({draft}: Destination): Promise<void> {
  await rm(draft, {recursive: true, force: true});
  await ensureFolder(dirname(draft));
  await mkdir(draft);
}

/** @throws CosmosError store.full */
export async function checkSpace({draft, folder}: Destination, neededBytes: number): Promise<void> {
  const {bavail, bsize} = await statfs(draft);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  throw new CosmosError(
    'store.full',
    `The export needs ${megabytes(neededBytes)} at ${folder}; ${megabytes(freeBytes)} are free.`,
    {
      hint: 'Nothing was exported. Free some space there, or name a folder on another disk.',
      facts: {folder, neededBytes, freeBytes},
    },
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Of a draft that is durable. Windows renames onto no folder, not even an empty one. */
export async function publishDraft({draft, folder}: Destination): Promise<void> {
  await rmdir(folder).catch((error: unknown) => {
    if (isErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) throw notEmpty(folder);
    if (!isErrno(error, 'ENOENT')) throw error;
  });
  await rename(draft, folder);
  await syncFolder(dirname(folder));
}

async function refuseFilled(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return [];
    throw isErrno(error, 'ENOTDIR') ? unusable(folder, 'is a file') : error;
  });
  if (names.length > 0) throw notEmpty(folder);
}

async function isDisk(folder: string): Promise<boolean> {
  const [own, parent] = await Promise.all([deviceOf(folder), deviceOf(dirname(folder))]);
  return folder === dirname(folder) || (own !== undefined && parent !== undefined && own !== parent);
}

/** Undefined where nothing is. */
async function deviceOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({dev}) => dev,
    () => undefined,
  );
}

function notEmpty(folder: string): CosmosError {
  return unusable(folder, 'is there already, and is not empty');
}

function unusable(folder: string, why: string, better = `${folder}-2`): CosmosError {
  return new CosmosError('usage.invalid', `${folder} ${why}.`, {
    hint: `Nothing was written. Name a folder that is not there yet, such as ${better}.`,
    facts: {folder},
  });
}
