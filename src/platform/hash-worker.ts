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

/** Requests with the same id are about the same file, in order. */
export interface HashRequest {
  id: number;
  path: string;
  /** Read up to here, more will follow; `end`: to the end of the file, and answer; `drop`: no answer is wanted. */
  upTo: number | 'end' | 'drop';
  /** Whose SHA-256; noble is written in JavaScript by others, and about eight times slower. */
  implementation: keyof typeof IMPLEMENTATIONS;
}

export type HashAnswer = {hex: string; bytes: number; inode: bigint} | {errno: string; message: string};

const BUFFER_BYTES = 4 << 20;
const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);

interface Hasher {
  update(bytes: Uint8Array): void;
  hex(): string;
}

const IMPLEMENTATIONS = {node: nodeHasher, noble: nobleHasher};

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
  #bytes = 0;

  constructor({path, implementation}: HashRequest) {
    this.#file = openSync(path, 'r');
    this.#hash = IMPLEMENTATIONS[implementation]();
  }

  readUpTo(end: number): void {
    while (this.#bytes < end) {
      const count = readSync(this.#file, buffer, 0, Math.min(BUFFER_BYTES, end - this.#bytes), null);
      if (count === 0) return;
      this.#hash.update(count === BUFFER_BYTES ? buffer : buffer.subarray(0, count));
      this.#bytes += count;
    }
  }

  finish(): HashAnswer {
    this.readUpTo(Number.POSITIVE_INFINITY);
    const {ino} = fstatSync(this.#file, {bigint: true});
    return {hex: this.#hash.hex(), bytes: this.#bytes, inode: ino};
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
  const {id, upTo} = request;
  const reading = readings.get(id) ?? begin(request);
  const answer = reading instanceof Reading ? serve(reading, upTo) : reading;
  const isOver = upTo === 'end' || upTo === 'drop';
  if (reading instanceof Reading && (isOver || answer)) reading.close();
  if (isOver) readings.delete(id);
  else readings.set(id, answer ?? reading);
  if (upTo === 'end') parentPort?.postMessage({id, answer});
});
