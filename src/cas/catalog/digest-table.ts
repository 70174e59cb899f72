/** A table by digest. Its keys are the 32 bytes, not the text: what a command looks at of a catalog is in its memory. */
import {bytesOf, digestAt, type Digest} from '../digest.ts';
import type {Catalog, Table} from './catalog.ts';

/** Writes belong into a transaction, as those of any table. */
export class DigestTable<Value> {
  readonly #table: Table<Value, Uint8Array>;

  constructor(catalog: Catalog, name: string) {
    this.#table = catalog.table(name, 'binary');
  }

  get(digest: Digest): Value | undefined {
    return this.#table.get(bytesOf(digest));
  }

  doesExist(digest: Digest): boolean {
    return this.#table.doesExist(bytesOf(digest));
  }

  put(digest: Digest, value: Value): Promise<boolean> {
    return this.#table.put(bytesOf(digest), value);
  }

  remove(digest: Digest): Promise<boolean> {
    return this.#table.remove(bytesOf(digest));
  }

  getKeysCount(): number {
    return this.#table.getKeysCount();
  }

  /** In order. */
  *digests(): Generator<Digest, void, void> {
    for (const key of this.#table.getKeys()) yield digestAt(key);
  }

  /** In the order of the digests. */
  *entries(): Generator<[Digest, Value], void, void> {
    for (const {key, value} of this.#table.getRange()) yield [digestAt(key), value];
  }
}
