/**
 * The identity of a store. `storage/layout.json` and `manifests/store.json` carry the same id: a store has exactly one
 * manifests folder, and gc must never judge blobs by somebody else's documents.
 */
import {readdir, readFile, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {
  checkLayoutVersion,
  completeStoreFolders,
  LAYOUT_VERSION,
  makeStoreFolders,
} from '../cas/local/local-store.ts';
import type {StorePaths} from '../cas/local/paths.ts';
import {CosmosError, isErrno} from '../errors.ts';
import {makeDocumentFolders} from '../manifest/documents.ts';
import {DOCUMENT_KINDS} from '../manifest/kinds.ts';
import {ensureFolder, placeNew, publishText, stage, syncFolder} from '../platform/publish.ts';
import {randomHex} from '../platform/random.ts';

interface Layout {
  layoutVersion: number;
  algorithm: 'sha256';
  storeId: string;
}

/** Makes the store of a new workspace, or checks the one that is there. @returns the store's id */
export async function ensureStore(paths: StorePaths, manifests: string): Promise<string> {
  const identity = join(manifests, 'store.json');
  const [layout, store] = await Promise.all([readJson(paths.layout), readJson(identity)]);
  if (layout === undefined && store === undefined) return makeStore(paths, manifests, identity);
  if (layout !== undefined) checkLayoutVersion(layout['layoutVersion'], paths.layout);
  const left = layout?.['storeId'];
  const right = store?.['storeId'];
  if (left === right && typeof left === 'string') {
    await requireFolders([paths.blobs, ...DOCUMENT_KINDS.map((kind) => join(manifests, kind))]);
    await completeStoreFolders(paths);
    return left;
  }
  if (typeof left === 'string' && right === undefined && (await isHalfMade(paths, manifests))) {
    return finishStore(paths, manifests, identity, left);
  }
  await requireFolders([paths.root, manifests]);
  throw new CosmosError(
    'store.mismatch',
    `${paths.root} is the store ${show(left)}, but ${manifests} belongs to the store ${show(right)}.`,
    {
      hint: 'Nothing was written. A store has exactly one manifests folder: put the right two beside each other again.',
      facts: {storage: left ?? null, manifests: right ?? null},
    },
  );
}

async function makeStore(paths: StorePaths, manifests: string, identity: string): Promise<string> {
  const id = randomHex(16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const layout: Layout = {layoutVersion: LAYOUT_VERSION, algorithm: 'sha256', storeId: id};
  await ensureFolder(paths.root);
  const staged = await stage(paths.root, Buffer.from(`${JSON.stringify(layout, null, 2)}\n`, 'utf8'));
  const isOurs = await placeNew(staged, paths.layout);
  if (!isOurs) {
    await rm(staged.path, {force: true});
    return ensureStore(paths, manifests);
  }
  await syncFolder(paths.root);
  return finishStore(paths, manifests, identity, id);
}

/** The second half, repeated when a crash came between. */
async function finishStore(
  paths: StorePaths,
  manifests: string,
  identity: string,
  id: string,
): Promise<string> {
  await makeStoreFolders(paths);
  await makeDocumentFolders(manifests);
  await publishText(identity, `${JSON.stringify({storeId: id}, null, 2)}\n`);
  return id;
}

/** The making of the store was interrupted: neither bytes nor documents are there that could belong to anything. */
async function isHalfMade(paths: StorePaths, manifests: string): Promise<boolean> {
  const shards = await namesIn(paths.blobs);
  const lists = await Promise.all(DOCUMENT_KINDS.map((kind) => namesIn(join(manifests, kind))));
  return shards.length === 0 && lists.flat().every((name) => !name.endsWith('.json'));
}

/** A folder that is gone must not read as "there are none": gc would take all that its documents named. */
async function requireFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const found = await stat(folder).catch(() => undefined);
    if (found?.isDirectory()) continue;
    const what = found ? 'is no folder' : 'is missing';
    throw new CosmosError('store.mismatch', `The folder ${folder} ${what}.`, {
      hint: 'Nothing was written. If it is on a disk of its own, mount that; else bring it back from a backup. If there was nothing in it, make it empty by hand.',
      facts: {folder},
    });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

async function readJson(path: string): Promise<Record<string, unknown> | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof value !== 'object' || value === null) throw new SyntaxError('not a JSON object');
    return value as Record<string, unknown>;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw new CosmosError('store.mismatch', `Cannot read ${path}.`, {
      hint: 'Nothing was written. Bring the file back from a backup: it says which store this is.',
      cause: error,
      facts: {path},
    });
  }
}

function show(id: unknown): string {
  return typeof id === 'string' ? id : '(none)';
}
