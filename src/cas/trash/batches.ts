/**
 * The trash is a folder of batches, one for each gc or deletion that moved something:
 * `trash/<time>-<random>/{batch.json, blobs/<hex>, documents/<kind>/<file>, views/<name>}`. The folders, not the catalog, say what is
 * in the trash. The name of a batch sorts by time.
 */
import {existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync} from 'node:fs';
import {readFile, readdir, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {isErrno} from '../../errors.ts';
import {isoTime} from '../../platform/clock.ts';
import {explainWriteError, syncFolderNow} from '../../platform/publish.ts';
import {randomHex} from '../../platform/random.ts';
import {digestOf, type Digest} from '../digest.ts';
import type {BlobFacts} from '../descriptor.ts';
import type {StoreContext} from '../local/context.ts';

export interface TrashBatch {
  id: string;
  folder: string;
  /** ISO time of the deletion; expiry counts from here. */
  at: string;
  reason: string;
}

/** An empty batch, durable before anything moves into it. */
export async function makeBatch(context: StoreContext, reason: string): Promise<TrashBatch> {
  const at = isoTime(context.now());
  const id = `${at.replaceAll(/[-:.]/g, '')}-${randomHex(3)}`;
  const batch = {id, folder: join(context.paths.trash, id), at, reason};
  await context.catalog.transaction('beginning a batch of the trash', () => {
    for (const place of ['blobs', 'documents']) ensurePlaceNow(batch, place);
  });
  return batch;
}

/**
 * A folder of a batch, durable. Call it in the transaction that moves something there: whoever empties the trash may have taken
 * the batch away since it was made.
 * @throws CosmosError store.full, store.readonly
 */
export function ensurePlaceNow({folder, at, reason}: TrashBatch, ...place: string[]): string {
  const path = join(folder, ...place);
  const note = join(folder, 'batch.json');
  const folders = [folder, ...place.map((_, depth) => join(folder, ...place.slice(0, depth + 1)))];
  try {
    const made = folders.filter(makeFolderNow);
    if (made.length === 0 && existsSync(note)) return path;
    if (!existsSync(note)) writeFileSync(note, `${JSON.stringify({at, reason}, null, 2)}\n`, {flush: true});
    for (const each of folders.reverse()) syncFolderNow(dirname(each));
    return path;
  } catch (error) {
    throw explainWriteError(error, path);
  }
}

/** @returns false for one that is there */
function makeFolderNow(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Every batch, oldest first. A batch whose note was lost keeps the time in its name. */
export async function listBatches(context: StoreContext): Promise<TrashBatch[]> {
  const names = (await readdir(context.paths.trash))
    .filter((name) => /^\d{8}T\d{9}Z-[0-9a-f]{6}$/.test(name))
    .sort();
  return Promise.all(names.map((id) => readBatch(context, id)));
}

async function readBatch(context: StoreContext, id: string): Promise<TrashBatch> {
  const folder = join(context.paths.trash, id);
  try {
    const note = JSON.parse(await readFile(join(folder, 'batch.json'), 'utf8')) as {
      at?: unknown;
      reason?: unknown;
    };
    if (typeof note.at !== 'string' || typeof note.reason !== 'string')
      throw new TypeError('not the note of a batch');
    return {id, folder, at: note.at, reason: note.reason};
  } catch {
    return {id, folder, at: timeOf(id), reason: 'unknown: the note of this batch cannot be read'};
  }
}

function timeOf(id: string): string {
  const [, year, month, day, hour, minute, second, ms] =
    /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\d{3})Z/.exec(id) ?? [];
  return `${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}.${ms ?? ''}Z`;
}

export function trashedBlobPath(batch: TrashBatch, hex: string): string {
  return join(batch.folder, 'blobs', hex);
}

/** The blobs of a batch with their sizes. */
export async function listTrashedBlobs(batch: TrashBatch): Promise<BlobFacts[]> {
  const names = (await readFolder(join(batch.folder, 'blobs'))).filter((name) => /^[0-9a-f]{64}$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const stats = await stat(trashedBlobPath(batch, name)).catch(forgiveGone);
      return stats ? [{digest: digestOf(name), size: stats.size}] : [];
    }),
  );
  return found.flat();
}

/** Taken out, or unlinked, since it was listed. */
function forgiveGone(error: unknown): undefined {
  if (!isErrno(error, 'ENOENT')) throw error;
}

/** `[kind, file name]` of every document in a batch. */
export async function listTrashedDocuments(batch: TrashBatch): Promise<[string, string][]> {
  const kinds = await readFolder(join(batch.folder, 'documents'));
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      const files = await readFolder(join(batch.folder, 'documents', kind));
      return files.filter((file) => file.endsWith('.json')).map((file): [string, string] => [kind, file]);
    }),
  );
  return lists.flat();
}

/** The newest batch that holds the blob. */
export async function findInTrash(context: StoreContext, digest: Digest): Promise<TrashBatch | undefined> {
  for (const batch of (await listBatches(context)).reverse()) {
    const names = await readFolder(join(batch.folder, 'blobs'));
    if (names.includes(digest.slice('sha256:'.length))) return batch;
  }
  return undefined;
}

/** Removes a batch's folder when nothing is left in it, and never what another process is just moving there. */
export async function dropIfEmpty(context: StoreContext, {folder}: TrashBatch): Promise<void> {
  await context.catalog.transaction('dropping an empty batch of the trash', () => {
    const kinds = namesNow(join(folder, 'documents')).map((kind) => join('documents', kind));
    const places = ['blobs', ...kinds, 'documents', 'views'];
    if (!places.every((place) => isRemovedNow(join(folder, place)))) return;
    rmSync(join(folder, 'batch.json'), {force: true});
    isRemovedNow(folder);
  });
}

function namesNow(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** False for a folder with something in it, which stays. */
function isRemovedNow(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return true;
    if (isErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) return false;
    throw error;
  }
}

async function readFolder(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
