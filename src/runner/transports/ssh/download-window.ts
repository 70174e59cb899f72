/**
 * Reads a range of one file through several lanes at once and hands it out in order. The window is bounded: what is
 * read and not yet consumed stays below the budget that all downloads of a transport share, so memory does not grow
 * with the size or the number of files. Chunks are lent: each is valid only until the next is asked for.
 */
import type {SFTPWrapper} from 'ssh2';
import {CHUNK_BYTES} from '../../../platform/chunks.ts';
import {corked, fstat, largestRead, read, type SftpHandle} from './sftp-calls.ts';
import {changedWhileRead, stalled} from './sftp-calls-failures.ts';

/** A file that is open on one channel. */
export interface Lane {
  sftp: SFTPWrapper;
  handle: SftpHandle;
}

export interface ReadRange {
  path: string;
  start: number;
  /** One past the last byte. */
  end: number;
}

/** Blocks that may still be taken from what all downloads share; each download may have one beyond it. */
export interface Budget {
  spareBlocks: number;
}

/** 64 MiB: eight lanes in flight and as much again waiting for its turn. */
export const BUDGET_BLOCKS = 64;

export interface WindowOptions {
  budget: Budget;
  /** The read fails when no byte came for so long. */
  stallMs: number;
  signal?: AbortSignal | undefined;
}

/** Four blocks are sixteen reads of OpenSSH's size: more than a channel's window holds costs reordering and gains nothing. */
const BLOCKS_PER_LANE = 4;

interface Block {
  buffer: Buffer;
  length: number;
  position: number;
  /** Taken from the shared budget. */
  isBudgeted: boolean;
  ready: Promise<void>;
  fail: (error: unknown) => void;
}

interface BusyLane extends Lane {
  blocksInFlight: number;
}

export class ReadWindow {
  readonly #lanes: BusyLane[];
  readonly #range: ReadRange;
  readonly #options: WindowOptions;
  readonly #readBytes: number;
  readonly #blockBytes: number;
  readonly #watch: NodeJS.Timeout;
  /** In the order of the file. */
  readonly #queue: Block[] = [];
  #free: Buffer[] = [];
  #next: number;
  #inFlight = 0;
  #isClosed = false;

  constructor(lanes: readonly Lane[], range: ReadRange, options: WindowOptions) {
    this.#lanes = lanes.map((lane) => ({...lane, blocksInFlight: 0}));
    this.#range = range;
    this.#options = options;
    this.#readBytes = Math.min(CHUNK_BYTES, ...lanes.map(({sftp}) => largestRead(sftp)));
    this.#blockBytes = Math.floor(CHUNK_BYTES / this.#readBytes) * this.#readBytes;
    this.#next = range.start;
    this.#watch = setTimeout(() => this.#judgeSilence(), options.stallMs);
  }

  /** @throws CosmosError target.unreachable, target.failed when the file is shorter than the range */
  async *chunks(): AsyncGenerator<Uint8Array, void, void> {
    const {signal} = this.#options;
    const abort = (): void => this.#failAll(signal?.reason);
    signal?.throwIfAborted();
    signal?.addEventListener('abort', abort);
    try {
      this.#fill();
      for (let head = this.#queue[0]; head; head = this.#queue[0]) {
        await head.ready;
        signal?.throwIfAborted();
        yield head.buffer.subarray(0, head.length);
        this.#queue.shift();
        this.#giveBack(head);
        this.#free.push(head.buffer);
        this.#fill();
      }
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#close();
    }
  }

  /** Reads still in flight may yet write into their buffers: those are left to the garbage collector. */
  #close(): void {
    this.#isClosed = true;
    clearTimeout(this.#watch);
    for (const block of this.#queue) this.#giveBack(block);
    this.#free = [];
  }

  #fill(): void {
    while (!this.#isClosed && this.#next < this.#range.end) {
      const lane = this.#idlestLane();
      const isBudgeted = this.#queue.length > 0;
      const {budget} = this.#options;
      if (lane.blocksInFlight >= BLOCKS_PER_LANE || this.#queue.length >= this.#mostBlocks()) return;
      if (isBudgeted && budget.spareBlocks <= 0) return;
      if (isBudgeted) budget.spareBlocks -= 1;
      this.#queue.push(this.#issue(lane, isBudgeted));
    }
  }

  #mostBlocks(): number {
    return this.#lanes.length * BLOCKS_PER_LANE * 2;
  }

  #idlestLane(): BusyLane {
    return this.#lanes.reduce((best, lane) => (lane.blocksInFlight < best.blocksInFlight ? lane : best));
  }

  #issue(lane: BusyLane, isBudgeted: boolean): Block {
    const position = this.#next;
    const length = Math.min(this.#blockBytes, this.#range.end - position);
    const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(length);
    this.#next += length;
    let fail: Block['fail'] = () => undefined;
    const failed = new Promise<never>((_resolve, reject) => (fail = reject));
    const ready = Promise.race([this.#readBlock(lane, {buffer, length, position}), failed]);
    ready.catch(() => undefined);
    return {buffer, length, position, isBudgeted, ready, fail};
  }

  async #readBlock(lane: BusyLane, block: Pick<Block, 'buffer' | 'length' | 'position'>): Promise<void> {
    lane.blocksInFlight += 1;
    const pieces: Promise<void>[] = [];
    corked(lane.sftp, () => {
      for (let offset = 0; offset < block.length; offset += this.#readBytes)
        pieces.push(this.#readPiece(lane, block, offset));
    });
    await Promise.all(pieces);
    lane.blocksInFlight -= 1;
    this.#fill();
  }

  /** A short answer is legal in the middle of a file; none at all is its end. */
  async #readPiece(
    lane: Lane,
    block: Pick<Block, 'buffer' | 'length' | 'position'>,
    offset: number,
  ): Promise<void> {
    const end = Math.min(block.length, offset + this.#readBytes);
    for (let at = offset; at < end && !this.#isClosed;) {
      if (this.#inFlight++ === 0) this.#noteProgress();
      const bytesRead = await read(lane.sftp, lane.handle, {
        buffer: block.buffer,
        offset: at,
        length: end - at,
        position: block.position + at,
        path: this.#range.path,
      }).finally(() => (this.#inFlight -= 1));
      this.#noteProgress();
      if (bytesRead === 0) throw await this.#explainEnd(lane, block.position + at);
      at += bytesRead;
    }
  }

  async #explainEnd({sftp, handle}: Lane, position: number): Promise<Error> {
    const {path, end} = this.#range;
    const {size} = await fstat(sftp, handle, path);
    return changedWhileRead(path, end, Math.min(size, position));
  }

  #noteProgress(): void {
    if (!this.#isClosed) this.#watch.refresh();
  }

  /** A consumer that takes its time is no stall: then nothing is in flight. */
  #judgeSilence(): void {
    if (this.#inFlight > 0) this.#failAll(stalled(this.#range.path, this.#options.stallMs));
  }

  #failAll(error: unknown): void {
    for (const block of this.#queue) block.fail(error);
  }

  #giveBack(block: Block): void {
    if (block.isBudgeted) this.#options.budget.spareBlocks += 1;
  }
}
