/**
 * How long nothing was heard of a job: its log did not grow, and no GPU was at work. Only for those who watch, who find it
 * in `state/silence` with the longest of all so far, in milliseconds; nothing is ever ended for it.
 */
import {execFile} from 'node:child_process';
import {stat} from 'node:fs/promises';
import {Socket} from 'node:net';
import type {JobPaths} from '../../job-paths.ts';
import {readIfAny, rewrite} from './files.ts';
import type {Attempt} from './records.ts';

/** Between two looks, milliseconds. */
const LISTEN_EVERY_MS = 5000;
/** Fixed width, so that a reader never sees the end of a longer number. */
const WIDTH = 12;

export interface Silence {
  /** Milliseconds; 0 while something is heard. */
  silentMs: number;
  longestMs: number;
}

/** One look at a time, at most every few seconds. */
export class Listener {
  readonly #paths: JobPaths;
  readonly #hasGpus: boolean;
  #size: number | undefined;
  #heardAtMs: number;
  #listenAtMs: number;
  #longestMs: number;
  #isAtWork = false;
  #isAsking = false;

  /** Goes on from the longest silence that a predecessor has heard. @param nowMs by the clock of `listen` */
  static async start(attempt: Attempt, nowMs: number): Promise<Listener> {
    const before = await readSilence(attempt.paths);
    return new Listener(attempt, nowMs, before?.longestMs ?? 0);
  }

  private constructor({paths, hasGpus}: Attempt, nowMs: number, longestMs: number) {
    this.#paths = paths;
    this.#hasGpus = hasGpus;
    this.#heardAtMs = nowMs;
    this.#listenAtMs = nowMs;
    this.#longestMs = longestMs;
  }

  async listen(nowMs: number): Promise<void> {
    if (nowMs < this.#listenAtMs) return;
    this.#listenAtMs = nowMs + LISTEN_EVERY_MS;
    const size = (await stat(this.#paths.log).catch(() => undefined))?.size;
    if (size !== this.#size || this.#gpusWork()) this.#heardAtMs = nowMs;
    this.#size = size;
    const silentMs = Math.round(nowMs - this.#heardAtMs);
    this.#longestMs = Math.max(this.#longestMs, silentMs);
    writeSilence(this.#paths, {silentMs, longestMs: this.#longestMs});
  }

  /** At the last look: where a driver hangs nobody must wait for its answer. */
  #gpusWork(): boolean {
    if (!this.#hasGpus || this.#isAsking) return false;
    const wasAtWork = this.#isAtWork;
    this.#ask();
    return wasAtWork;
  }

  /** The end of this program does not wait for the answer either. */
  #ask(): void {
    this.#isAsking = true;
    const words = ['--query-gpu=utilization.gpu', '--format=csv,noheader,nounits'];
    const child = execFile('nvidia-smi', words, (error, stdout) => {
      this.#isAtWork = error === null && /^[1-9]\d*\r?$/m.test(stdout);
      this.#isAsking = false;
    });
    child.unref();
    if (child.stdout instanceof Socket) child.stdout.unref();
    if (child.stderr instanceof Socket) child.stderr.unref();
  }
}

/** Undefined where nobody has listened. */
export async function readSilence(paths: JobPaths): Promise<Silence | undefined> {
  const [silentMs = Number.NaN, longestMs = Number.NaN] = ((await readIfAny(paths.silence)) ?? '')
    .trim()
    .split(/\s+/)
    .map(Number);
  return Number.isNaN(silentMs) || Number.isNaN(longestMs) ? undefined : {silentMs, longestMs};
}

/** As the heartbeat, in place: that works on a full disk too. One that cannot be written harms nothing. */
function writeSilence({silence}: JobPaths, {silentMs, longestMs}: Silence): void {
  const pad = (ms: number): string => String(ms).padStart(WIDTH);
  rewrite(silence, `${pad(silentMs)} ${pad(longestMs)}\n`);
}
