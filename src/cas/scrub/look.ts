/**
 * A look at a large blob that may end in the middle. What it has seen so far is compared with the leaves; how far that was
 * right is written down, so that the next look begins there.
 */
import type {Leaves} from '../leaves/leaves.ts';

/** Leaves between two entries in the catalog: a killed scrub repeats at most 1 GiB. */
const ENTRY_LEAVES = 64;

export class LookAt {
  readonly leaves: Leaves;
  /** Leaf that the reading begins with. */
  readonly from: number;
  isRight = true;
  /** Leaves from the beginning that are right. */
  right: number;
  #entered: number;

  constructor(leaves: Leaves, from: number) {
    this.leaves = leaves;
    this.from = from;
    this.right = from;
    this.#entered = from;
  }

  get isWhole(): boolean {
    return this.isRight && this.right === this.leaves.crc32.length;
  }

  /** @param sums of all leaves that this reading has seen */
  compare(sums: readonly number[]): void {
    for (const sum of sums.slice(this.right - this.from)) {
      if (!this.isRight) return;
      this.isRight = sum === this.leaves.crc32[this.right];
      if (this.isRight) this.right += 1;
    }
  }

  /** Whether it is time to write down how far it has come; true once for each time. */
  takeEntry(): boolean {
    if (this.right - this.#entered < ENTRY_LEAVES) return false;
    this.#entered = this.right;
    return true;
  }
}
