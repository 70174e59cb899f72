/**
 * Threads that hash files, started when they are needed and at most so many. Each reads what it hashes from the file, so
 * the digest speaks of what the disk was given, nothing is copied to the thread, and a file may be hashed while it is
 * being written. Threads that have nothing to do keep no process alive.
 */
import type {Worker} from 'node:worker_threads';
import type {HashAnswer, HashRequest} from './hash-worker.ts';
import {startThread} from './thread.ts';

/** A file that is being hashed while it grows. */
export interface FollowedFile {
  /** The file holds its first `sizeBytes` for good. */
  advance(sizeBytes: number): void;
  /** The SHA-256 (hexadecimal) and length of the file as it is now, or the errno that reading it gave. */
  finish(): Promise<HashAnswer>;
  /** Nobody wants to know any more. */
  drop(): void;
}

export class HashPool {
  readonly size: number;
  #threads: HashThread[] = [];

  constructor(size: number) {
    this.size = size;
  }

  /** The SHA-256 (hexadecimal) and length of a file, or the errno that reading it gave. */
  hash(path: string, implementation?: HashRequest['implementation']): Promise<HashAnswer> {
    return this.#idlest().follow(path, implementation).finish();
  }

  follow(path: string): FollowedFile {
    return this.#idlest().follow(path);
  }

  /** Whoever still waits for an answer is told that there is none. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #idlest(): HashThread {
    this.#threads = this.#threads.filter(({failure}) => failure === undefined);
    const idle = this.#threads.find(({fileCount}) => fileCount === 0);
    if (idle) return idle;
    if (this.#threads.length < this.size) this.#threads.push(new HashThread());
    return this.#threads.reduce((best, thread) => (thread.fileCount <= best.fileCount ? thread : best));
  }
}

interface Pending {
  resolve: (answer: HashAnswer) => void;
  reject: (error: Error) => void;
}

class HashThread {
  fileCount = 0;
  failure: Error | undefined;
  readonly #worker: Worker = startThread('./hash-worker', import.meta.url);
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor() {
    this.#worker.on('message', ({id, answer}: {id: number; answer: HashAnswer}) => {
      this.#pending.get(id)?.resolve(answer);
    });
    this.#worker.on('error', (error) => this.#fail(error));
    // After the listeners: to listen for messages is to wait for them.
    this.#worker.unref();
  }

  follow(path: string, implementation: HashRequest['implementation'] = 'node'): FollowedFile {
    const id = ++this.#lastId;
    const ask = (upTo: HashRequest['upTo']): void =>
      this.#worker.postMessage({id, path, upTo, implementation} satisfies HashRequest);
    this.fileCount += 1;
    return {
      advance: ask,
      finish: () => this.#answerTo(id, () => ask('end')),
      drop: () => {
        this.fileCount -= 1;
        ask('drop');
      },
    };
  }

  async close(): Promise<void> {
    this.#fail(new Error('the thread that hashes was ended'));
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.failure ??= error;
    for (const {reject} of this.#pending.values()) reject(error);
  }

  async #answerTo(id: number, ask: () => void): Promise<HashAnswer> {
    if (this.failure) throw this.failure;
    this.#worker.ref();
    try {
      return await new Promise<HashAnswer>((resolve, reject) => {
        this.#pending.set(id, {resolve, reject});
        ask();
      });
    } finally {
      this.fileCount -= 1;
      this.#pending.delete(id);
      if (this.#pending.size === 0) this.#worker.unref();
    }
  }
}
