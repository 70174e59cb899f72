/** The currency of every public function: what bytes are, which they are, and how many. */
import type {Digest} from './digest.ts';

export interface Descriptor {
  mediaType: string;
  digest: Digest;
  /** Bytes. */
  size: number;
}

/** What the store itself knows of a blob: no media type, bytes have none. */
export interface BlobFacts {
  digest: Digest;
  size: number;
}
