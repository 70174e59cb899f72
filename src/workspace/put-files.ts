/** `blob put`: files into the store, held by a ref so that nothing acknowledged is garbage. */
import {statSync, type Stats} from 'node:fs';
import {basename} from 'node:path';
import {CosmosError, isErrno} from '../errors.ts';
import {canonicalBytes} from '../manifest/canonical.ts';
import {nameFrom, parseName} from '../manifest/names.ts';
import type {RefDocument} from '../manifest/types.gen.ts';
import {hashBytes, hexOf} from '../cas/digest.ts';
import {fileSource} from '../platform/chunks.ts';
import {isoTime} from '../platform/clock.ts';
import {mediaTypeOf} from '../runner/media-types.ts';
import type {Workspace} from './workspace.ts';

export interface PutReport {
  ref: string;
  /** False when a ref of this name with the same entries was there already. */
  isNew: boolean;
  entries: RefDocument['entries'];
}

/** Stores the files as one group. @throws CosmosError file.unreadable, document.exists, store.full; the signal's reason, and then nothing is stored */
export async function putFiles(
  workspace: Workspace,
  paths: readonly string[],
  {name, signal}: {name?: string | undefined; signal?: AbortSignal} = {},
): Promise<PutReport> {
  if (name !== undefined) parseName(name, 'ref');
  for (const path of paths) checkFile(path);
  return workspace.leases.hold('storing files', async (lease) => {
    const items = paths.map((path) => ({open: () => fileSource(path), mediaType: mediaTypeOf(path)}));
    const blobs = await workspace.store.pushAll(items, lease, signal);
    const entries = blobs.map((blob, index) => ({...blob, name: basename(paths[index] ?? '')}));
    const ref = name ?? refNameOf(entries);
    const isNew = await ensureRef(workspace, {
      schema: 'cosmos/ref/v1',
      name: ref,
      createdAt: isoTime(workspace.now()),
      entries,
    });
    return {ref, isNew, entries};
  });
}

function checkFile(path: string): void {
  const stats = findStats(path);
  if (stats?.isFile()) return;
  throw new CosmosError('file.unreadable', stats ? `${path} is not a file.` : `There is no file ${path}.`, {
    hint: 'Nothing was stored. Give the paths of files.',
    facts: {path},
  });
}

function findStats(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}

/** The same files give the same name, so that a put can be repeated. */
function refNameOf(entries: RefDocument['entries']): string {
  const hex = hexOf(hashBytes(canonicalBytes(entries))).slice(0, 8);
  const stem =
    entries.length === 1 ? nameFrom(entries[0]?.name ?? '', 'blob') : `put-${entries.length}-files`;
  return `${stem}-${hex}`;
}

async function ensureRef(workspace: Workspace, ref: RefDocument): Promise<boolean> {
  try {
    await workspace.documents.create('refs', ref);
    return true;
  } catch (error) {
    if (!(error instanceof CosmosError && error.code === 'document.exists')) throw error;
    const known = workspace.index.has('refs', ref.name)
      ? await workspace.documents.read('refs', ref.name)
      : undefined;
    if (known && Buffer.compare(canonicalBytes(known.entries), canonicalBytes(ref.entries)) === 0)
      return false;
    throw error;
  }
}
