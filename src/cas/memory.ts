/** A store in memory: the simplest thing that keeps the contract, for tests and for trying things out. */
import {CosmosError} from '../errors.ts';
import type {ByteSource} from '../platform/publish.ts';
import type {BlobFacts, Descriptor} from './descriptor.ts';
import {hashBytes, type Digest} from './digest.ts';
import {checkExpected} from './expected.ts';
import type {Fetcher, Lister, Prober, Pusher, PushOptions} from './store.ts';
import {readAll, verifiedRead} from './verified-read.ts';

export class MemoryStore implements Fetcher, Prober, Pusher, Lister {
  readonly #blobs = new Map<Digest, Uint8Array>();

  async *fetch(blob: BlobFacts, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    signal?.throwIfAborted();
    const bytes = this.#blobs.get(blob.digest);
    if (!bytes) throw missingBlob(blob.digest);
    yield* verifiedRead(only(bytes), blob);
  }

  find(digest: Digest): Promise<BlobFacts | undefined> {
    const bytes = this.#blobs.get(digest);
    return Promise.resolve(bytes && {digest, size: bytes.length});
  }

  async push(source: ByteSource, options: PushOptions): Promise<Descriptor> {
    const bytes =
      source instanceof Uint8Array ? Uint8Array.from(source) : await readAll(source, options.signal);
    options.signal?.throwIfAborted();
    const facts = {digest: hashBytes(bytes), size: bytes.length};
    checkExpected(facts, options.expected);
    this.#blobs.set(facts.digest, bytes);
    return {mediaType: options.mediaType, ...facts};
  }

  async *list(): AsyncGenerator<BlobFacts, void, void> {
    for (const [digest, bytes] of this.#blobs) yield await Promise.resolve({digest, size: bytes.length});
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- an async iterable of one
async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}

/** The error of every store for bytes that it does not hold. */
export function missingBlob(digest: Digest): CosmosError {
  return new CosmosError('blob.missing', `Blob ${digest} is not in the store.`, {
    hint: 'Run "cosmos verify" to see which runs need it, and "cosmos gc explain" with the digest to see what became of it.',
    facts: {digest},
  });
}
