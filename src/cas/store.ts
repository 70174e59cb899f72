/**
 * The one-method interfaces of content stores. A function asks for the sum that it uses, as in
 * `transfer(from: Fetcher, to: Pusher & Prober)`. test/conformance/store.ts says what every driver must do.
 */
import type {ByteSource} from '../platform/publish.ts';
import type {BlobFacts, Descriptor} from './descriptor.ts';
import type {Digest} from './digest.ts';

export interface Fetcher {
  /**
   * The bytes of a blob. The stream ends well only if size and digest were right; a reader that stops early has
   * verified nothing.
   * @throws CosmosError blob.missing, blob.damaged
   */
  fetch(blob: BlobFacts, signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface Prober {
  /** Facts about a blob that is present; undefined when it is not. Reads no content. */
  find(digest: Digest): Promise<BlobFacts | undefined>;
}

export interface PushOptions {
  mediaType: string;
  /** What the bytes must turn out to be; anything else stores nothing. */
  expected?: Partial<BlobFacts>;
  signal?: AbortSignal;
}

export interface Pusher {
  /**
   * Stores bytes durably. Present bytes are a hit and are not written again.
   * @throws CosmosError blob.mismatch when size or digest are not as expected, store.full, store.readonly
   */
  push(source: ByteSource, options: PushOptions): Promise<Descriptor>;
}

export interface Lister {
  /** Every blob, in no order. */
  list(): AsyncIterable<BlobFacts>;
}
