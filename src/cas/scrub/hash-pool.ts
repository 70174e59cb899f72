/** Worker threads that hash files, one file each at a time. */
import type {Worker} from 'node:worker_threads';
import {startThread} from '../../platform/thread.ts';
import type {HashAnswer, HashRequest} from './hash-worker.ts';

export class HashPool {
  readonly #idle: Worker[] = [];
  readonly #all: Worker[] = [];
  readonly #waiting: ((worker: Worker) => void)[] = [];

  constructor(size: number) {
    for (let index = 0; index < size; index += 1) {
      const worker = startThread('./hash-worker', import.meta.url);
      this.#all.push(worker);
      this.#idle.push(worker);
    }
  }

  get size(): number {
    return this.#all.length;
  }

  /** The SHA-256 (hexadecimal) and length of a file, or the errno that reading it gave. */
  async hash(path: string): Promise<HashAnswer> {
    const worker = await this.#take();
    try {
      return await ask(worker, {path});
    } finally {
      this.#give(worker);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }

  #take(): Promise<Worker> {
    const worker = this.#idle.pop();
    return worker ? Promise.resolve(worker) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  #give(worker: Worker): void {
    const next = this.#waiting.shift();
    if (next) next(worker);
    else this.#idle.push(worker);
  }
}

function ask(worker: Worker, request: HashRequest): Promise<HashAnswer> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      worker.off('message', onMessage);
      reject(error);
    };
    const onMessage = (answer: HashAnswer): void => {
      worker.off('error', onError);
      resolve(answer);
    };
    worker.once('error', onError);
    worker.once('message', onMessage);
    worker.postMessage(request);
  });
}
