/** What the catalog knows of blobs: presence and size (derived), age and verification ledger (only here, losable). */
import type {BlobFacts} from '../descriptor.ts';
import type {Digest} from '../digest.ts';
import type {Catalog} from './catalog.ts';
import {DigestTable} from './digest-table.ts';

/** How far a large blob was compared with its leaves, which proves nothing. */
export interface Look {
  /** ISO time. */
  at: string;
  /** So many leaves from the beginning were right, of so many. */
  leaves: number;
  of: number;
}

/** Whether all of it was compared. */
export function isWholeLook(look: Look | undefined): look is Look {
  return look !== undefined && look.leaves === look.of;
}

/** When a blob's bytes were last read and hashed, and what came of it. */
export interface Proof {
  /** ISO time. */
  at: string;
  result: 'good' | 'bad';
}

export interface BlobTables {
  /** Size of every blob that is in place. */
  sizes: DigestTable<number>;
  /** ISO time of the last put, or of the rebuild that found it; gc's grace counts from here. */
  ages: DigestTable<string>;
  ledger: DigestTable<Proof>;
  /** Of large blobs that are not proven: how far they were compared with their leaves. */
  looks: DigestTable<Look>;
}

export function blobTables(catalog: Catalog): BlobTables {
  return {
    sizes: new DigestTable(catalog, 'blobs'),
    ages: new DigestTable(catalog, 'ages'),
    ledger: new DigestTable(catalog, 'ledger'),
    looks: new DigestTable(catalog, 'looks'),
  };
}

/** Call inside a transaction: the blob is in place and durable. Fresh bytes are unproven, no longer bad. */
export function recordBlob(tables: BlobTables, blob: BlobFacts, at: string): void {
  void tables.sizes.put(blob.digest, blob.size);
  void tables.ages.put(blob.digest, at);
  if (tables.ledger.get(blob.digest)?.result === 'bad') void tables.ledger.remove(blob.digest);
  void tables.looks.remove(blob.digest);
}

/** Call inside a transaction: the blob has left its place. The ledger keeps what it knows. */
export function forgetBlob(tables: BlobTables, digest: Digest): void {
  void tables.sizes.remove(digest);
  void tables.ages.remove(digest);
  void tables.looks.remove(digest);
}
