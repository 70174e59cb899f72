/**
 * One connection that knows when it is dead. All ways to die lead through `end`: the first reason stays, everybody who
 * waits for something is told, the socket is gone. A connection that is silent for long is dead too: ssh2 asks for
 * signs of life, and any byte counts as one, so that a busy line is not taken for a broken one.
 */
import type {Duplex} from 'node:stream';
import type {Client} from 'ssh2';
import type {CosmosError} from '../../../errors.ts';
import {lost, unreachable} from './failures.ts';

const SILENT_INTERVALS = 3;

export class Connection {
  readonly client: Client;
  /** The host, for messages. */
  readonly label: string;
  failure: CosmosError | undefined;
  readonly #line: Duplex;
  readonly #listeners = new Set<(failure: CosmosError) => void>();
  #watch: NodeJS.Timeout | undefined;

  constructor(client: Client, line: Duplex, label: string) {
    this.client = client;
    this.label = label;
    this.#line = line;
  }

  /** Calls back once, at its end. @returns a function that takes the wish back */
  onEnd(listener: (failure: CosmosError) => void): () => void {
    if (this.failure !== undefined) {
      listener(this.failure);
      return () => undefined;
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  end(failure: CosmosError): void {
    if (this.failure !== undefined) return;
    this.failure = failure;
    clearInterval(this.#watch);
    // Politely first: the server need not wonder where the client went.
    if (failure.facts['reason'] === 'closed') this.client.end();
    this.#line.destroy();
    for (const listener of this.#listeners) listener(failure);
    this.#listeners.clear();
  }

  /** From the login on. */
  watch(intervalMs: number): void {
    let silent = 0;
    this.#line.on('data', () => (silent = 0));
    this.#watch = setInterval(() => {
      if (++silent > SILENT_INTERVALS) {
        const seconds = Math.round((silent * intervalMs) / 1000);
        this.end(unreachable('silent', `${this.label} has not answered for ${seconds} s.`));
      }
    }, intervalMs);
    this.#watch.unref();
  }

  /**
   * Milliseconds of one round trip; asks the server to take back a forwarding that is not there.
   * @throws CosmosError target.unreachable when nothing came within `timeoutMs`
   */
  ping(timeoutMs: number): Promise<number> {
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.end(unreachable('silent', `${this.label} does not answer.`)),
        timeoutMs,
      );
      const forget = this.onEnd((failure) => {
        clearTimeout(timer);
        reject(failure);
      });
      if (this.failure !== undefined) return;
      const answered = (): void => {
        clearTimeout(timer);
        forget();
        resolve(performance.now() - started);
      };
      try {
        this.client.unforwardIn('127.0.0.1', 1, answered);
      } catch (error) {
        this.end(lost(this.label, error as Error));
      }
    });
  }
}
