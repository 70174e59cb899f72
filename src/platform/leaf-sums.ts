/**
 * CRC-32 of each leaf of a stream: a stretch of fixed length, the last one shorter. It finds damage by accident and says
 * where it is, at several GiB/s; it proves nothing, as anybody can make bytes of a given CRC.
 */
import {crc32} from 'node:zlib';

/** 16 MiB: what a repair fetches at least, and what an interrupted look repeats at most. */
export const LEAF_BYTES = 16 << 20;

export class LeafSums {
  /** Of the complete leaves so far, in order. */
  readonly sums: number[] = [];
  #sum = 0;
  #filled = 0;

  update(chunk: Uint8Array): void {
    for (let done = 0; done < chunk.length;) {
      const part = chunk.subarray(done, done + LEAF_BYTES - this.#filled);
      this.#sum = crc32(part, this.#sum);
      this.#filled += part.length;
      done += part.length;
      if (this.#filled === LEAF_BYTES) this.#close();
    }
  }

  /** The sums of all leaves, the last one too. */
  finish(): number[] {
    if (this.#filled > 0) this.#close();
    return this.sums;
  }

  #close(): void {
    this.sums.push(this.#sum);
    this.#sum = 0;
    this.#filled = 0;
  }
}
