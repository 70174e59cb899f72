/**
 * Threads that hash files, started when they are needed and at most so many. Each reads what it hashes from the file, so
 * the digest speaks of what the disk was given, nothing is copied to the thread, and a file may be hashed while it is
 * being written. Threads that have nothing to do keep no process alive.
 */
import type {Worker} from 'node:worker_threads';
import type {HashAnswer, HashMessage, HashRequest} from './hash-worker.ts';
import {LEAF_BYTES} from './leaf-sums.ts';
import {startThread} from './thread.ts';

/** A file that is being hashed while it grows. */
export interface FollowedFile {
  /** The file holds its first `sizeBytes` for good. */
  advance(sizeBytes: number): void;
  /** The same, and waits until so much was read. @returns the sums of its complete leaves */
  read(sizeBytes: number): Promise<number[]>;
  /** The SHA-256 (hexadecimal) and length of the file as it is now, or the errno that reading it gave. */
  finish(): Promise<HashAnswer>;
  /** Nobody wants to know any more. */
  drop(): void;
}

export interface HashOptions {
  implementation?: HashRequest['implementation'];
  /** Sum the leaves too. */
  hasLeaves?: boolean | undefined;
  /** First byte, the beginning of a leaf; default 0. */
  start?: number | undefined;
}

export interface LeafByLeaf extends HashOptions {
  sizeBytes: number;
  /** Told the sums of what was read; false ends the reading. */
  goOn: (leaves: number[]) => boolean | Promise<boolean>;
}

export class HashPool {
  readonly size: number;
  #threads: HashThread[] = [];
  #isClosed = false;

  constructor(size: number) {
    this.size = size;
  }

  /** The SHA-256 (hexadecimal) and length of a file, or the errno that reading it gave. */
  async hash(path: string, options?: HashOptions): Promise<HashAnswer> {
    return this.#idlest().follow(path, options).finish();
  }

  /** The same, in such steps that it can be ended in the middle of a file. @returns undefined when it was */
  async hashByLeaves(
    path: string,
    {sizeBytes, goOn, ...options}: LeafByLeaf,
  ): Promise<HashAnswer | undefined> {
    const file = this.follow(path, {...options, hasLeaves: true});
    for (let end = (options.start ?? 0) + LEAF_BYTES; end < sizeBytes; end += LEAF_BYTES) {
      if (await goOn(await file.read(end))) continue;
      file.drop();
      return undefined;
    }
    return file.finish();
  }

  follow(path: string, options?: HashOptions): FollowedFile {
    return this.#idlest().follow(path, options);
  }

  /** Whoever still waits for an answer is told that there is none, as is who comes later. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #idlest(): HashThread {
    if (this.#isClosed) throw new Error('the threads that hash were ended');
    this.#threads = this.#threads.filter(({failure}) => failure === undefined);
    const idle = this.#threads.find(({fileCount}) => fileCount === 0);
    if (idle) return idle;
    if (this.#threads.length < this.size) this.#threads.push(new HashThread());
    return this.#threads.reduce((best, thread) => (thread.fileCount <= best.fileCount ? thread : best));
  }
}

interface Pending {
  resolve: (answer: HashMessage['answer']) => void;
  reject: (error: Error) => void;
}

class HashThread {
  fileCount = 0;
  failure: Error | undefined;
  readonly #worker: Worker = startThread('platform/hash-worker');
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor() {
    this.#worker.on('message', ({id, answer}: HashMessage) => {
      this.#pending.get(id)?.resolve(answer);
    });
    this.#worker.on('error', (error) => this.#fail(error));
    // After the listeners: to listen for messages is to wait for them.
    this.#worker.unref();
  }

  follow(path: string, {implementation = 'node', hasLeaves, start}: HashOptions = {}): FollowedFile {
    const id = ++this.#lastId;
    const ask = (upTo: HashRequest['upTo'], isAwaited?: boolean): void => {
      const request: HashRequest = {id, path, upTo, implementation, hasLeaves, start, isAwaited};
      this.#worker.postMessage(request);
    };
    const end = (): void => void (this.fileCount -= 1);
    this.fileCount += 1;
    return {
      advance: ask,
      read: async (upTo) => {
        const answer = await this.#answerTo(id, () => ask(upTo, true));
        return 'leaves' in answer ? (answer.leaves ?? []) : [];
      },
      finish: async () => {
        const answer = await this.#answerTo(id, () => ask('end')).finally(end);
        if (!('hex' in answer) && !('errno' in answer))
          throw new Error('the thread answered another question');
        return answer;
      },
      drop: () => {
        end();
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

  async #answerTo(id: number, ask: () => void): Promise<HashMessage['answer']> {
    if (this.failure) throw this.failure;
    this.#worker.ref();
    try {
      return await new Promise<HashMessage['answer']>((resolve, reject) => {
        this.#pending.set(id, {resolve, reject});
        ask();
      });
    } finally {
      this.#pending.delete(id);
      if (this.#pending.size === 0) this.#worker.unref();
    }
  }
}
