/**
 * Waiting for the end of a job that runs under a wrapper, and stopping it when somebody asks for that or its time is
 * over. The same for a wrapper that this supervisor started and for one that it adopted.
 */
import {performance} from 'node:perf_hooks';
import {isoTime, sleep} from '../../../platform/clock.ts';
import {exists, publishText} from '../../../platform/publish.ts';
import {signalGroup} from './processes.ts';
import type {Attempt, StopRecord} from './records.ts';
import {readStop} from './records.ts';
import {Listener} from './silence.ts';

/** A person waits for a cancel to take effect; looking at one name costs microseconds. */
const POLL_MS = 200;

export interface Watched {
  pid: number;
  /** Time that the job had already run when the watch began. */
  elapsedMs: number;
  isGone: () => boolean;
  /** Aborted when the wrapper ends, where that is told. */
  wake?: AbortSignal;
}

/**
 * Returns when the wrapper is gone or has recorded the end of the job.
 * @returns why the job was told to stop, if it was.
 */
export async function watchJob(attempt: Attempt, watched: Watched): Promise<StopRecord | undefined> {
  const since = performance.now();
  const elapsedMs = (): number => watched.elapsedMs + performance.now() - since;
  let killAtMs: number | undefined;
  let stop = await readStop(attempt.paths);
  if (stop !== undefined) killAtMs = await requestEnd(attempt, watched, elapsedMs());
  const listener = await Listener.start(attempt, elapsedMs());
  while (!watched.isGone() && !(await exists(attempt.paths.rc))) {
    if (stop === undefined) {
      stop = await findStop(attempt, elapsedMs());
      if (stop !== undefined) killAtMs = await requestEnd(attempt, watched, elapsedMs());
    }
    if (killAtMs !== undefined && elapsedMs() >= killAtMs && !watched.isGone()) {
      await signalGroup(watched.pid, 'SIGKILL');
    }
    await listener.listen(elapsedMs());
    await sleep(POLL_MS, watched.wake);
  }
  return stop;
}

/** A reason to stop the job now, recorded before anything is done about it. */
async function findStop(attempt: Attempt, elapsedMs: number): Promise<StopRecord | undefined> {
  const {timeoutMs} = attempt.limits;
  const isCancelled = await exists(attempt.paths.cancel);
  if (!isCancelled && (timeoutMs === null || elapsedMs < timeoutMs)) return undefined;
  const stop: StopRecord = {reason: isCancelled ? 'cancel' : 'timeout', at: isoTime(attempt.now())};
  // On a full disk only a successor would miss this record; the job is stopped all the same.
  await publishText(attempt.paths.stop, `${JSON.stringify(stop)}\n`).catch(() => undefined);
  return stop;
}

/** @returns when to stop asking and kill, in elapsed milliseconds. */
async function requestEnd(attempt: Attempt, watched: Watched, elapsedMs: number): Promise<number> {
  if (!watched.isGone()) await signalGroup(watched.pid, 'SIGTERM');
  return elapsedMs + attempt.limits.stopGraceMs;
}
