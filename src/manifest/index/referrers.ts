/** Which documents name which blobs. A key is the digest's bytes, then `kind/id`; in the order of the digests. */
import type {Catalog, Table} from '../../cas/catalog/catalog.ts';
import {bytesOf, DIGEST_BYTES, digestAt, hexOf, type Digest} from '../../cas/digest.ts';
import type {DocumentKind} from '../kinds.ts';

const HEX_CHARACTERS = 2 * DIGEST_BYTES;

/** A document, as what refers to a blob. */
export interface Referrer {
  kind: DocumentKind;
  id: string;
}

export class Referrers {
  readonly #table: Table<true, Uint8Array>;

  constructor(catalog: Catalog) {
    this.#table = catalog.table('references', 'binary');
  }

  /** Call inside a transaction. */
  put(digest: Digest, referrer: Referrer): void {
    void this.#table.put(keyOf(digest, referrer), true);
  }

  /** Call inside a transaction. */
  remove(digest: Digest, referrer: Referrer): void {
    void this.#table.remove(keyOf(digest, referrer));
  }

  of(digest: Digest): Referrer[] {
    return Array.from(this.#keysFrom(hexOf(digest)), referrerIn);
  }

  /** Digests whose hexadecimal characters begin so, each once. */
  digestsFrom(hex: string): Digest[] {
    return [...new Set(Array.from(this.#keysFrom(hex), digestAt))];
  }

  /** Every digest with all that name it. */
  *byDigest(): Generator<{digest: Digest; namedBy: Referrer[]}, void, void> {
    let current: {digest: Digest; namedBy: Referrer[]} | undefined;
    for (const key of this.#table.getKeys()) {
      const digest = digestAt(key);
      if (current && current.digest !== digest) yield current;
      if (current?.digest !== digest) current = {digest, namedBy: []};
      current.namedBy.push(referrerIn(key));
    }
    if (current) yield current;
  }

  #keysFrom(hex: string): Iterable<Uint8Array> {
    const start = Buffer.from(hex.padEnd(HEX_CHARACTERS, '0'), 'hex');
    const end = Buffer.from(`${hex.padEnd(HEX_CHARACTERS, 'f')}ff`, 'hex');
    return this.#table.getKeys({start, end});
  }
}

function keyOf(digest: Digest, {kind, id}: Referrer): Uint8Array {
  return Buffer.concat([bytesOf(digest), Buffer.from(`${kind}/${id}`)]);
}

function referrerIn(key: Uint8Array): Referrer {
  const text = Buffer.from(key.subarray(DIGEST_BYTES)).toString('utf8');
  const slash = text.indexOf('/');
  return {kind: text.slice(0, slash) as DocumentKind, id: text.slice(slash + 1)};
}
