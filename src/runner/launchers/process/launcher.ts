/**
 * The `process` launcher: starts supervisors that nobody has to wait for, and judges from their files whether they
 * still live. To stop a job, write state/cancel; to learn its end, read state/exit.json.
 */
import {spawn, type ChildProcess} from 'node:child_process';
import {readFile, stat} from 'node:fs/promises';
import type {Now} from '../../../platform/clock.ts';
import {isProvenAlive} from '../../../platform/process-identity.ts';
import type {JobPaths} from '../../job-paths.ts';
import type {SupervisorLook} from '../../target.ts';
import {HEARTBEAT_MS} from './heartbeat.ts';
import {isSurelyGone} from './processes.ts';
import {nodeArguments} from './programs.ts';
import {findClaim} from './records.ts';
import {readSilence} from './silence.ts';

export interface StartOptions {
  /** `adopt` takes over an attempt whose supervisor is gone; it leaves quietly without proof of that. */
  mode: 'fresh' | 'adopt';
}

/** Several beats, because a busy machine skips some. */
const FRESH_BEAT_MS = 10 * HEARTBEAT_MS;
/** How long a supervisor may take until it can be seen at work: a busy machine needs seconds to start Node. */
const START_MS = 10_000;

type Start = (jobFolder: string, attempt: number, options: StartOptions) => Promise<ChildProcess>;

/**
 * Starts a supervisor in its own session and returns once it runs. It may find that it is not needed and leave:
 * starting it twice is harmless. @throws Error of the system when no process could be started.
 */
export async function startSupervisor(
  jobFolder: string,
  attempt: number,
  options: StartOptions,
): Promise<ChildProcess> {
  const mode = options.mode === 'adopt' ? ['adopt'] : [];
  const child = spawn(
    process.execPath,
    [...nodeArguments('supervisor'), jobFolder, String(attempt), ...mode],
    {
      cwd: jobFolder,
      detached: true,
      stdio: 'ignore',
      windowsHide: true,
    },
  );
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  child.unref();
  return child;
}

/**
 * The same, but not while one that was started so a moment ago still lives. Whoever drives a run looks several times a second
 * and starts one until it sees it at work; on a busy machine dozens would keep each other from coming up.
 */
export function startSparingly(start: Start, now: Now): (...given: Parameters<Start>) => Promise<void> {
  const started = new Map<string, number>();
  return async (jobFolder, attempt, options) => {
    const key = JSON.stringify([jobFolder, attempt, options.mode]);
    const at = started.get(key);
    // A clock that was set back says nothing.
    if (at !== undefined && Math.abs(now() - at) < START_MS) return;
    const child = await start(jobFolder, attempt, options);
    started.set(key, now());
    child.once('exit', () => started.delete(key));
  };
}

/**
 * Judges the newest supervisor of an attempt; the caller has seen that the attempt's folder exists and exit.json does
 * not. A supervisor of another host is alive while its heartbeat is young by this clock, and never dead.
 */
export async function supervisorState(paths: JobPaths, now: Now): Promise<SupervisorLook['state']> {
  const claim = await findClaim(paths);
  // One that made the folder and never said who it is will not start anything that an adopter has not allowed.
  if (claim === undefined) return (await ageMs(paths.attempt, now)) > FRESH_BEAT_MS ? 'dead' : 'unknown';
  if (isProvenAlive(claim.supervisor)) return 'alive';
  if (await isSurelyGone(claim.supervisor, paths.folder)) return 'dead';
  const age = await ageMs(paths.heartbeat, now);
  return Math.abs(age) <= FRESH_BEAT_MS ? 'alive' : 'unknown';
}

/** The same, and what it hears of its job. */
export async function look(paths: JobPaths, now: Now): Promise<SupervisorLook> {
  const state = await supervisorState(paths, now);
  const silence = state === 'alive' ? await readSilence(paths) : undefined;
  return {state, ...(silence && {silentMs: silence.silentMs})};
}

/** Milliseconds since the last change; NaN when there is no such file; a file of a finer clock may be from a moment ahead. */
async function ageMs(path: string, now: Now): Promise<number> {
  const mtimeMs = await stat(path).then(
    (found) => found.mtimeMs,
    () => Number.NaN,
  );
  return now() - mtimeMs;
}

/** The supervisor's counter; a change between two looks is proof of life on any clock. */
export async function readHeartbeat(paths: JobPaths): Promise<number | undefined> {
  const text = await readFile(paths.heartbeat, 'utf8').catch(() => '');
  const count = Number.parseInt(text, 10);
  return Number.isNaN(count) ? undefined : count;
}
