/**
 * Numbers by digest, for as many as a store has: 44 bytes for each, outside of the heap. A Map of strings takes four times that,
 * and what collects garbage would have to look through it again and again. Iterates in the order in which digests came.
 */
import {DIGEST_BYTES, digestAt, hexOf, type Digest} from './digest.ts';

const WORDS = DIGEST_BYTES / 4;
/** Marks what was deleted; its place is kept for the same digest. */
const GONE = Number.NaN;

export class DigestMap {
  #size = 0;
  /** Entries ever made. */
  #count = 0;
  /** Where in the order the digests with this beginning are, from 1; 0 for none. */
  #slots = new Int32Array(1 << 12);
  #words = new Uint32Array(WORDS << 11);
  #values = new Float64Array(1 << 11);
  readonly #bytes = Buffer.alloc(DIGEST_BYTES);
  readonly #key = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, WORDS);

  get size(): number {
    return this.#size;
  }

  has(digest: Digest): boolean {
    return this.get(digest) !== undefined;
  }

  get(digest: Digest): number | undefined {
    const value = this.#values[this.#find(digest) - 1];
    return value === undefined || Number.isNaN(value) ? undefined : value;
  }

  set(digest: Digest, value: number): void {
    const known = this.#find(digest);
    if (known === 0) {
      this.#append(value);
      return;
    }
    if (Number.isNaN(this.#values[known - 1])) this.#size += 1;
    this.#values[known - 1] = value;
  }

  delete(digest: Digest): void {
    const known = this.#find(digest);
    if (known === 0 || Number.isNaN(this.#values[known - 1])) return;
    this.#values[known - 1] = GONE;
    this.#size -= 1;
  }

  *[Symbol.iterator](): Generator<[Digest, number], void, void> {
    for (let place = 0; place < this.#count; place += 1) {
      const value = this.#values[place] ?? GONE;
      if (!Number.isNaN(value)) yield [digestAt(this.#words.subarray(place * WORDS)), value];
    }
  }

  /** @returns its place in the order, from 1; 0 when it is not there, and then its bytes are in #key */
  #find(digest: Digest): number {
    this.#bytes.write(hexOf(digest), 'hex');
    for (let slot = this.#first(this.#key[0] ?? 0); ; slot = (slot + 1) & (this.#slots.length - 1)) {
      const place = this.#slots[slot] ?? 0;
      if (place === 0 || this.#isKey(place - 1)) return place;
    }
  }

  /** Adds #key, which is not there. */
  #append(value: number): void {
    if (this.#count === this.#values.length) this.#grow();
    this.#words.set(this.#key, this.#count * WORDS);
    this.#values[this.#count] = value;
    this.#count += 1;
    this.#size += 1;
    this.#enter(this.#count);
  }

  #enter(place: number): void {
    let slot = this.#first(this.#words[(place - 1) * WORDS] ?? 0);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & (this.#slots.length - 1);
    this.#slots[slot] = place;
  }

  /** Half of the slots are free at least. */
  #grow(): void {
    const words = new Uint32Array(this.#words.length * 2);
    const values = new Float64Array(this.#values.length * 2);
    words.set(this.#words);
    values.set(this.#values);
    this.#words = words;
    this.#values = values;
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let place = 1; place <= this.#count; place += 1) this.#enter(place);
  }

  /** SHA-256 spreads by itself. */
  #first(word: number): number {
    return word & (this.#slots.length - 1);
  }

  #isKey(place: number): boolean {
    const start = place * WORDS;
    for (let word = 0; word < WORDS; word += 1)
      if (this.#words[start + word] !== this.#key[word]) return false;
    return true;
  }
}
