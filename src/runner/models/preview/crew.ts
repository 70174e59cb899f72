/** A few worker threads that render frames, each one frame at a time. */
import {availableParallelism} from 'node:os';
import type {Worker} from 'node:worker_threads';
import type {RenderInput, RenderOutput, RenderPlan} from './render.ts';
import {startThread} from '../../../platform/thread.ts';

/** More threads than this only wait for the decoders and encoders. */
const MAX_THREADS = 8;

interface Job {
  input: RenderInput;
  resolve: (output: RenderOutput) => void;
  reject: (error: Error) => void;
}

/** Lives as long as one run; `close` ends the threads. */
export class Crew {
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #busy = new Map<Worker, Job>();
  readonly #waiting: Job[] = [];
  #failure: Error | undefined;

  constructor(plan: RenderPlan, threads = Math.min(availableParallelism(), MAX_THREADS)) {
    for (let index = 0; index < threads; index += 1) this.#hire(plan);
  }

  get size(): number {
    return this.#workers.length;
  }

  /** Renders one frame on the next free thread. The input's buffers move there and cannot be used again. */
  render(input: RenderInput): Promise<RenderOutput> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({input, resolve, reject});
      this.#assign();
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #hire(plan: RenderPlan): void {
    const worker = startThread('runner/models/preview/worker', plan);
    worker.on('message', (output: RenderOutput) => {
      this.#busy.get(worker)?.resolve(output);
      this.#busy.delete(worker);
      this.#idle.push(worker);
      this.#assign();
    });
    worker.on('error', (error) => this.#fail(error));
    this.#workers.push(worker);
    this.#idle.push(worker);
  }

  #assign(): void {
    if (this.#failure !== undefined) {
      for (const job of this.#waiting.splice(0)) job.reject(this.#failure);
      return;
    }
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      const [worker, job] = [this.#idle.pop(), this.#waiting.shift()];
      if (worker === undefined || job === undefined) return;
      this.#busy.set(worker, job);
      worker.postMessage(
        job.input,
        [job.input.color, ...Object.values(job.input.given)].map((picture) => picture.buffer),
      );
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const job of this.#busy.values()) job.reject(error);
    this.#busy.clear();
    this.#assign();
  }
}
