/** A workspace of very many small blobs, as years of work leave one, made without a sync for each. */
import {createHash} from 'node:crypto';
import {mkdirSync, writeFileSync} from 'node:fs';
import {blobPath, shardFolder} from '../src/cas/local/paths.ts';
import {recordBlob} from '../src/cas/catalog/blob-tables.ts';
import type {BlobFacts} from '../src/cas/descriptor.ts';
import {digestOf} from '../src/cas/digest.ts';
import {isoTime} from '../src/platform/clock.ts';
import {initWorkspace} from '../src/workspace/init.ts';
import {openWorkspace, type Workspace} from '../src/workspace/workspace.ts';
import {makeRunDocument} from './fixtures.ts';

const AT_ONCE = 10_000;
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** @returns its folder; the last `dead` of the blobs are named by no run, the others by one run each */
export async function makeLargeStore(
  folder: string,
  {blobs, runs, dead}: {blobs: number; runs: number; dead: number},
): Promise<string> {
  const root = await initWorkspace(folder);
  const workspace = await openWorkspace(root, {actor: 'bench'});
  try {
    const made: BlobFacts[] = [];
    while (made.length < blobs) made.push(...(await makeBlobs(workspace, made.length, AT_ONCE)));
    const startOf = (index: number): number => Math.floor(((blobs - dead) * index) / runs);
    for (let index = 0; index < runs; index += 1) {
      const named = made.slice(startOf(index), startOf(index + 1));
      await workspace.documents.create('runs', makeRunDocument(index, named));
    }
  } finally {
    await workspace.close();
  }
  return root;
}

/** In place and in the catalog, as if they had been put a week ago. */
async function makeBlobs({store, now}: Workspace, first: number, count: number): Promise<BlobFacts[]> {
  const {catalog, paths, tables} = store.context;
  const at = isoTime(now() - WEEK_MS);
  const blobs = Array.from({length: count}, (_, index) => {
    const bytes = Buffer.from(`blob ${first + index} of a large store\n`);
    const digest = digestOf(createHash('sha256').update(bytes).digest('hex'));
    mkdirSync(shardFolder(paths, digest), {recursive: true});
    writeFileSync(blobPath(paths, digest), bytes, {mode: 0o444});
    return {digest, size: bytes.length};
  });
  await catalog.transaction('making a large store', () => {
    for (const blob of blobs) recordBlob(tables, blob, at);
  });
  return blobs;
}
