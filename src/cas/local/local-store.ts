/**
 * Content-addressed storage in a folder. Promises: a blob is complete or absent under its name, whatever happens; what
 * a put has returned survives crash and power cut; reads verify. What a blob means is no business of this layer.
 */
import {CosmosError} from '../../errors.ts';
import {fileChunks, fileSource, SMALL_BYTES} from '../../platform/chunks.ts';
import {mapLimit} from '../../platform/concurrency.ts';
import {ensureFolder, exists, syncFolder, type ByteSource} from '../../platform/publish.ts';
import type {Lease} from '../catalog/leases.ts';
import type {BlobFacts, Descriptor} from '../descriptor.ts';
import type {Digest} from '../digest.ts';
import {missingBlob} from '../memory.ts';
import type {Fetcher, Lister, Prober, Pusher, PushOptions} from '../store.ts';
import {restoreBlobs} from '../trash/trash.ts';
import {verifiedRead} from '../verified-read.ts';
import type {StoreContext} from './context.ts';
import {findBlobFile, listBlobFiles, listBlobNames} from './list.ts';
import {blobPath, shardFolder} from './paths.ts';
import {putResumable, type ResumableItem} from './partial.ts';
import {proveMany} from './prove.ts';
import {putAll, type PutItem} from './put.ts';

export interface LocalPushOptions extends PushOptions {
  /** Protects the blob until a document names it; without one it is protected by its age alone. */
  lease?: Lease;
}

export class LocalStore implements Fetcher, Prober, Pusher, Lister {
  readonly context: StoreContext;

  constructor(context: StoreContext) {
    this.context = context;
  }

  async push(source: ByteSource, options: LocalPushOptions): Promise<Descriptor> {
    const {lease, signal, mediaType, expected} = options;
    const item: PutItem = {open: () => source, mediaType, ...(expected && {expected})};
    const put = async (held: Lease): Promise<Descriptor> => {
      const [descriptor] = await putAll(this.context, [item], held, signal);
      if (!descriptor) throw new Error('a put of one item answered with none');
      return descriptor;
    };
    return lease ? put(lease) : this.context.leases.hold('storing a blob', put);
  }

  /** Group commit: many blobs share their announcements and folder syncs. All are stored, or none is acknowledged. */
  async pushAll(items: readonly PutItem[], lease: Lease, signal?: AbortSignal): Promise<Descriptor[]> {
    return putAll(this.context, items, lease, signal);
  }

  /** One large blob; when it breaks off, in whatever way, the next call goes on where this one was. */
  async pushResumable(item: ResumableItem, lease: Lease, signal?: AbortSignal): Promise<Descriptor> {
    return putResumable(this.context, item, lease, signal);
  }

  async *fetch(blob: BlobFacts, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    const path = blobPath(this.context.paths, blob.digest);
    if (!(await this.find(blob.digest))) throw missingBlob(blob.digest);
    signal?.throwIfAborted();
    const source = blob.size <= SMALL_BYTES ? fileSource(path) : fileChunks(path, {signal});
    yield* verifiedRead(source instanceof Uint8Array ? [source] : source, blob);
  }

  find(digest: Digest): Promise<BlobFacts | undefined> {
    return findBlobFile(this.context.paths, digest);
  }

  /**
   * Makes sure that blobs which the caller only names are in place and stay: announces them, then looks, then takes
   * them out of the trash if they are there. A size of -1 stands for any.
   * @throws CosmosError blob.missing, blob.damaged when the size is not the right one
   */
  async keep(blobs: readonly BlobFacts[], lease: Lease): Promise<void> {
    await lease.announce(blobs.map(({digest}) => digest));
    const missing = await this.#missingOf(blobs);
    await restoreBlobs(
      this.context,
      missing.map(({digest}) => digest),
    );
    const [lost] = await this.#missingOf(missing);
    if (lost) throw missingBlob(lost.digest);
    await this.#syncUnrecorded(blobs);
  }

  /**
   * Those that are in place and right; bytes that no proof speaks of are read for that. What was proven and damaged since is
   * taken for right, as everywhere: verify finds it.
   */
  async listRight(digests: readonly Digest[]): Promise<Set<Digest>> {
    const found = await mapLimit(digests, 16, (digest) => this.find(digest));
    return proveMany(
      this.context,
      found.filter((facts) => facts !== undefined),
    );
  }

  list(): AsyncGenerator<BlobFacts, void, void> {
    return listBlobFiles(this.context.paths);
  }

  /** The names alone, those of a shard at a time. */
  listNames(): AsyncGenerator<Digest[], void, void> {
    return listBlobNames(this.context.paths);
  }

  async #missingOf(blobs: readonly BlobFacts[]): Promise<BlobFacts[]> {
    const found = await mapLimit(blobs, 16, async (blob) => {
      const facts = await this.find(blob.digest);
      if (facts && blob.size >= 0 && facts.size !== blob.size) throw wrongSize(blob, facts.size);
      return facts;
    });
    return blobs.filter((_, index) => !found[index]);
  }

  /** A blob that the catalog does not know may be another writer's, placed and not yet durable. */
  async #syncUnrecorded(blobs: readonly BlobFacts[]): Promise<void> {
    const {paths, tables} = this.context;
    const unrecorded = blobs.filter(({digest}) => !tables.sizes.doesExist(digest));
    const folders = new Set(unrecorded.map(({digest}) => shardFolder(paths, digest)));
    if (folders.size > 0) await mapLimit([paths.blobs, ...folders], 16, syncFolder);
  }
}

function wrongSize({digest, size}: BlobFacts, found: number): CosmosError {
  return new CosmosError(
    'blob.damaged',
    `Blob ${digest} is damaged: it has ${found} bytes instead of ${size}.`,
    {
      hint: 'Store the right bytes again, which sets the damaged ones aside; "cosmos verify --deep" names the runs that they touch.',
      facts: {digest, expectedSize: size, size: found},
    },
  );
}

/** The folders of an empty store, each durable. */
export async function makeStoreFolders(paths: StoreContext['paths']): Promise<void> {
  for (const folder of [paths.blobs, paths.ingest, paths.quarantine, paths.trash, paths.journal]) {
    await ensureFolder(folder);
  }
}

/** Those that hold nothing anybody has to keep: a plain copy of a store may come without them. */
export async function completeStoreFolders(paths: StoreContext['paths']): Promise<void> {
  for (const folder of [paths.ingest, paths.quarantine, paths.trash, paths.journal])
    if (!(await exists(folder))) await ensureFolder(folder);
}

/** The layout file's version that this cosmos writes. */
export const LAYOUT_VERSION = 1;

/** @throws CosmosError layout.newer */
export function checkLayoutVersion(version: unknown, path: string): void {
  if (version === LAYOUT_VERSION) return;
  throw new CosmosError(
    'layout.newer',
    `${path} has layout version ${String(version)}; this cosmos knows version ${LAYOUT_VERSION}.`,
    {
      hint: 'Update cosmos. Nothing was read or changed.',
      facts: {path, version, known: LAYOUT_VERSION},
    },
  );
}
