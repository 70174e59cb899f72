/**
 * Thread that hashes files by reading them: whole ones, and ones that are still being written, whose writer says how far
 * it may read. Synchronous reads into one buffer, as nothing else runs in this thread; 4 MiB keeps the hash fed and the
 * memory small.
 */
import {createHash} from 'node:crypto';
import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import {parentPort} from 'node:worker_threads';
import {sha256} from '@noble/hashes/sha2.js';
import {bytesToHex} from '@noble/hashes/utils.js';
import {LeafSums} from './leaf-sums.ts';

/** Requests with the same id are about the same file, in order. */
export interface HashRequest {
  id: number;
  path: string;
  /** Read up to here, more will follow; `end`: to the end of the file, and answer; `drop`: no answer is wanted. */
  upTo: number | 'end' | 'drop';
  /** Whose SHA-256; noble is written in JavaScript by others, and about eight times slower. `none`: leaves only. */
  implementation: keyof typeof IMPLEMENTATIONS;
  /** Sum the leaves too. */
  hasLeaves?: boolean | undefined;
  /** Somebody waits until this has been read; `end` is always answered. */
  isAwaited?: boolean | undefined;
  /** First byte that is read, the beginning of a leaf; default 0. */
  start?: number | undefined;
}

export type HashAnswer =
  {hex: string; bytes: number; inode: bigint; leaves?: number[]} | {errno: string; message: string};

export interface HashMessage {
  id: number;
  /** To a request that is not the last one: the sums of the complete leaves by now. */
  answer: HashAnswer | {leaves: number[]};
}

const BUFFER_BYTES = 4 << 20;
const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);

interface Hasher {
  update(bytes: Uint8Array): void;
  hex(): string;
}

const IMPLEMENTATIONS = {node: nodeHasher, noble: nobleHasher, none: noHasher};

function noHasher(): Hasher {
  return {update: () => undefined, hex: () => ''};
}

function nodeHasher(): Hasher {
  const hash = createHash('sha256');
  return {update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex')};
}

function nobleHasher(): Hasher {
  const hash = sha256.create();
  return {update: (bytes) => void hash.update(bytes), hex: () => bytesToHex(hash.digest())};
}

class Reading {
  readonly #file: number;
  readonly #hash: Hasher;
  readonly #leaves: LeafSums | undefined;
  readonly #start: number;
  #position: number;

  constructor({path, implementation, hasLeaves, start = 0}: HashRequest) {
    this.#file = openSync(path, 'r');
    this.#hash = IMPLEMENTATIONS[implementation]();
    if (hasLeaves === true) this.#leaves = new LeafSums();
    this.#start = start;
    this.#position = start;
  }

  get leaves(): number[] {
    return this.#leaves?.sums ?? [];
  }

  readUpTo(end: number): void {
    while (this.#position < end) {
      const wanted = Math.min(BUFFER_BYTES, end - this.#position);
      const count = readSync(this.#file, buffer, 0, wanted, this.#position);
      if (count === 0) return;
      const bytes = count === BUFFER_BYTES ? buffer : buffer.subarray(0, count);
      this.#hash.update(bytes);
      this.#leaves?.update(bytes);
      this.#position += count;
    }
  }

  finish(): HashAnswer {
    this.readUpTo(Number.POSITIVE_INFINITY);
    const {ino} = fstatSync(this.#file, {bigint: true});
    const leaves = this.#leaves?.finish();
    return {
      hex: this.#hash.hex(),
      bytes: this.#position - this.#start,
      inode: ino,
      ...(leaves && {leaves}),
    };
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** Files that were begun; one that could not be read stays as its error until it is asked for. */
const readings = new Map<number, Reading | HashAnswer>();

function explain(error: unknown): HashAnswer {
  const {code, message} = error as NodeJS.ErrnoException;
  return {errno: code ?? 'UNKNOWN', message};
}

function begin(request: HashRequest): Reading | HashAnswer {
  try {
    return new Reading(request);
  } catch (error) {
    return explain(error);
  }
}

/** @returns undefined while more is to come */
function serve(reading: Reading, upTo: HashRequest['upTo']): HashAnswer | undefined {
  try {
    if (upTo === 'end') return reading.finish();
    if (upTo !== 'drop') reading.readUpTo(upTo);
    return undefined;
  } catch (error) {
    return explain(error);
  }
}

parentPort?.on('message', (request: HashRequest) => {
  const {id, upTo, isAwaited} = request;
  const reading = readings.get(id) ?? begin(request);
  const answer = reading instanceof Reading ? serve(reading, upTo) : reading;
  const isOver = upTo === 'end' || upTo === 'drop';
  if (reading instanceof Reading && (isOver || answer)) reading.close();
  if (isOver) readings.delete(id);
  else readings.set(id, answer ?? reading);
  if (upTo === 'end' || isAwaited === true) {
    const soFar = {leaves: reading instanceof Reading ? reading.leaves : []};
    parentPort?.postMessage({id, answer: answer ?? soFar} satisfies HashMessage);
  }
});
