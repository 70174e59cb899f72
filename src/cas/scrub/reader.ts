/**
 * Reads a blob to find out whether it is right. A large one that has leaves may be left in the middle when the time is over
 * or somebody stops it, and the next reading goes on there, by its leaves; what was seen in that way is looked at, not proven.
 */
import {isoTime} from '../../platform/clock.ts';
import type {HashOptions, HashPool, LeafByLeaf} from '../../platform/hash-pool.ts';
import type {HashAnswer} from '../../platform/hash-worker.ts';
import {LEAF_BYTES} from '../../platform/leaf-sums.ts';
import {pausePoint} from '../../platform/pause.ts';
import type {BlobFacts} from '../descriptor.ts';
import {hexOf} from '../digest.ts';
import {
  damagedRanges,
  hasLeaves,
  keepLeaves,
  readLeaves,
  type ByteRange,
  type Leaves,
} from '../leaves/leaves.ts';
import type {StoreContext} from '../local/context.ts';
import {blobPath} from '../local/paths.ts';
import {inodeNow} from '../local/quarantine.ts';
import {LookAt} from './look.ts';

export type Hashes = Pick<HashPool, 'size' | 'hash' | 'hashByLeaves' | 'close'>;

export interface Reading {
  /** `looked`: compared with all its leaves, in several readings; `stopped`: in the middle. */
  state: 'good' | 'bad' | 'vanished' | 'unreadable' | 'looked' | 'stopped';
  reason: string;
  /** Bytes that were hashed. */
  bytes: number;
  /** Bytes that were compared with leaves and not hashed. */
  bytesLooked: number;
  /** Which file was read, where one was. */
  inode?: bigint;
  /** Of a bad one: where it differs from its leaves. */
  ranges?: ByteRange[];
}

export interface ReaderOptions {
  /** Large blobs may be left in the middle. */
  keepsLooks: boolean;
  isOver: () => boolean;
  signal?: AbortSignal | undefined;
}

export class BlobReader {
  readonly #context: StoreContext;
  readonly #pool: Hashes;
  readonly #options: ReaderOptions;

  constructor(context: StoreContext, pool: Hashes, options: ReaderOptions) {
    this.#context = context;
    this.#pool = pool;
    this.#options = options;
  }

  async read(blob: BlobFacts): Promise<Reading> {
    if (!hasLeaves(blob)) return this.hash(blob);
    const leaves = await readLeaves(this.#context.paths, blob);
    if (!leaves) return this.#hashAndKeep(blob);
    if (!this.#options.keepsLooks) return this.hash(blob);
    const from = this.#beginOf(leaves);
    const look = from > 0 ? await this.#look(leaves, from) : undefined;
    return look ?? this.#hashByLeaves(leaves);
  }

  async hash(blob: BlobFacts, options?: HashOptions): Promise<Reading> {
    return judge(blob, await this.#pool.hash(this.#pathOf(blob), options));
  }

  /** After a bad reading: once more, to be believed, and to see where it differs. */
  async hashAgain(blob: BlobFacts): Promise<Reading> {
    // What the disk cannot read has no number to be known by afterwards, and may be right ones by then.
    const inode = inodeNow(this.#pathOf(blob));
    const reading = await this.#judgeAgain(blob);
    return reading.state === 'bad' ? {...(inode !== undefined && {inode}), ...reading} : reading;
  }

  async #judgeAgain(blob: BlobFacts): Promise<Reading> {
    const leaves = hasLeaves(blob) ? await readLeaves(this.#context.paths, blob) : undefined;
    if (!leaves) return this.hash(blob);
    const {reading, sums} = await this.#hashWithLeaves(blob);
    return reading.state === 'bad' && sums ? {...reading, ranges: damagedRanges(leaves, sums)} : reading;
  }

  /** Only bytes that are proven may say what the leaves are. */
  async #hashAndKeep(blob: BlobFacts): Promise<Reading> {
    const {reading, sums} = await this.#hashWithLeaves(blob);
    if (reading.state === 'good' && sums) await keepLeaves(this.#context.paths, {...blob, crc32: sums});
    return reading;
  }

  async #hashWithLeaves(blob: BlobFacts): Promise<{reading: Reading; sums: number[] | undefined}> {
    const answer = await this.#pool.hash(this.#pathOf(blob), {hasLeaves: true});
    return {reading: judge(blob, answer), sums: 'leaves' in answer ? answer.leaves : undefined};
  }

  async #hashByLeaves(leaves: Leaves): Promise<Reading> {
    const look = new LookAt(leaves, 0);
    // Damage is not left behind: the reading goes on to its end, which says what it is.
    const answer = await this.#follow(look, {goOn: () => !look.isRight || !this.#options.isOver()});
    if (answer) return judge(leaves, answer);
    return {state: 'stopped', reason: '', bytes: bytesOf(look), bytesLooked: 0};
  }

  /** Goes on where the last look ended. @returns undefined when something was not right: only the whole digest judges */
  async #look(leaves: Leaves, from: number): Promise<Reading | undefined> {
    const look = new LookAt(leaves, from);
    const goOn = (): boolean => look.isRight && !this.#options.isOver();
    const answer = await this.#follow(look, {implementation: 'none', start: from * LEAF_BYTES, goOn});
    if (answer && 'leaves' in answer) look.compare(answer.leaves ?? []);
    if (!look.isRight || (answer && !look.isWhole)) return undefined;
    if (look.isWhole) await this.#enter(look);
    const state = look.isWhole ? 'looked' : 'stopped';
    return {state, reason: '', bytes: 0, bytesLooked: bytesOf(look)};
  }

  /** @returns undefined when it was left in the middle; how far it came is written down then */
  async #follow(
    look: LookAt,
    {goOn, ...options}: Pick<LeafByLeaf, 'implementation' | 'start'> & {goOn: () => boolean},
  ): Promise<HashAnswer | undefined> {
    const {leaves} = look;
    try {
      const answer = await this.#pool.hashByLeaves(this.#pathOf(leaves), {
        ...options,
        sizeBytes: leaves.size,
        goOn: async (sums) => {
          look.compare(sums);
          if (look.takeEntry()) await this.#enter(look);
          return goOn();
        },
      });
      if (!answer && look.isRight) await this.#enter(look);
      return answer;
    } catch (error) {
      if (this.#options.signal?.aborted !== true) throw error;
      await this.#enter(look);
      return undefined;
    }
  }

  #beginOf({digest, crc32}: Leaves): number {
    const look = this.#context.tables.looks.get(digest);
    return look?.of === crc32.length && look.leaves < look.of ? look.leaves : 0;
  }

  async #enter({leaves: {digest, crc32}, right}: LookAt): Promise<void> {
    const entry = {at: isoTime(this.#context.now()), leaves: right, of: crc32.length};
    await this.#context.catalog.transaction('recording a look', () => {
      void this.#context.tables.looks.put(digest, entry);
    });
    pausePoint('scrub.looked');
  }

  #pathOf({digest}: BlobFacts): string {
    return blobPath(this.#context.paths, digest);
  }
}

/** The last leaf is shorter. */
function bytesOf({right, from, leaves}: LookAt): number {
  return Math.min(right * LEAF_BYTES, leaves.size) - from * LEAF_BYTES;
}

function judge(blob: BlobFacts, answer: HashAnswer): Reading {
  if ('errno' in answer) return readingOfError(answer.errno, answer.message);
  const {bytes, hex, inode} = answer;
  if (hex === hexOf(blob.digest)) return {state: 'good', reason: '', bytes, bytesLooked: 0};
  return {state: 'bad', reason: `${bytes} bytes that hash to sha256:${hex}`, bytes, bytesLooked: 0, inode};
}

/**
 * A read error of the disk, or a folder in place of a file, says something about the bytes; no permission, or too many
 * open files, says nothing.
 */
function readingOfError(errno: string, message: string): Reading {
  const none = {reason: message, bytes: 0, bytesLooked: 0};
  if (errno === 'ENOENT') return {state: 'vanished', ...none};
  return {state: errno === 'EIO' || errno === 'EISDIR' ? 'bad' : 'unreadable', ...none};
}
