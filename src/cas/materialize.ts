/**
 * Working copies of blobs. A clone shares blocks and costs nothing; where the filesystem cannot, a verified copy is
 * written. Hard links only when asked for by name: an edit of such a view changes the store.
 */
import type {FileHandle} from 'node:fs/promises';
import {chmod, link, open, rm} from 'node:fs/promises';
import {CosmosError, isErrno} from '../errors.ts';
import {cloneFile} from '../platform/clone.ts';
import {explainWriteError} from '../platform/publish.ts';
import type {BlobFacts} from './descriptor.ts';
import {blobPath} from './local/paths.ts';
import type {LocalStore} from './local/local-store.ts';

/** `clone`: or a copy. `link`: or a clone, or a copy. `share`: a clone, else a link, and a copy only where neither can be. */
export type MaterializeMode = 'clone' | 'link' | 'share';

/** How it was made in the end. */
export type MaterializeWay = 'clone' | 'link' | 'copy';

/**
 * Makes `path` from a blob. A failed copy leaves nothing; a clone or a link is as good as the blob, whose size alone is
 * looked at.
 * @throws CosmosError usage.invalid when `path` exists, which is then untouched; blob.missing, blob.damaged
 */
export async function materialize(
  store: LocalStore,
  blob: BlobFacts,
  path: string,
  mode: MaterializeMode,
): Promise<MaterializeWay> {
  try {
    const source = blobPath(store.context.paths, blob.digest);
    if ((await store.find(blob.digest))?.size === blob.size) {
      if (mode === 'link' && (await tryLink(source, path))) return 'link';
      if (await tryClone(source, path)) return 'clone';
      if (mode === 'share' && (await tryLink(source, path))) return 'link';
    }
    await copy(store, blob, path);
    return 'copy';
  } catch (error) {
    throw isErrno(error, 'EEXIST') ? pathTaken(path, error) : explainWriteError(error, path);
  }
}

/** Whether `path`, which is free and stays so, would share what is on the disk with a blob instead of being a copy. */
export async function canShare(
  store: LocalStore,
  {digest}: Pick<BlobFacts, 'digest'>,
  path: string,
  mode: MaterializeMode,
): Promise<boolean> {
  const source = blobPath(store.context.paths, digest);
  try {
    return (await cloneFile(source, path)) || (mode !== 'clone' && (await tryLink(source, path)));
  } finally {
    // A clone that failed may have left a file of no bytes.
    await rm(path, {force: true});
  }
}

async function tryLink(source: string, path: string): Promise<boolean> {
  try {
    await link(source, path);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) throw error;
    return false;
  }
}

/** A clone has the mode of the blob; a working copy may be written to. */
async function tryClone(source: string, path: string): Promise<boolean> {
  const isCloned = await cloneFile(source, path);
  if (isCloned) await chmod(path, 0o644);
  return isCloned;
}

/** The file is made first: what was there before is never ours to remove. */
async function copy(store: LocalStore, blob: BlobFacts, path: string): Promise<void> {
  const handle = await open(path, 'wx', 0o644);
  try {
    for await (const chunk of store.fetch(blob)) await writeAll(handle, chunk);
  } catch (error) {
    await rm(path, {force: true});
    throw error;
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length;) done += (await handle.write(chunk, done)).bytesWritten;
}

function pathTaken(path: string, cause: Error): CosmosError {
  return new CosmosError('usage.invalid', `${path} is there already.`, {
    hint: 'Nothing was changed. Move it away, or choose another place.',
    cause,
    facts: {path},
  });
}
