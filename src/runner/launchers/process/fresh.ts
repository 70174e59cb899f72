/** The first supervisor of an attempt: takes the lock, looks before it leaps, starts the wrapper, and sees it through. */
import type {ChildProcess} from 'node:child_process';
import {spawn} from 'node:child_process';
import {mkdir} from 'node:fs/promises';
import {CosmosError, isErrno} from '../../../errors.ts';
import {isoTime} from '../../../platform/clock.ts';
import {pausePoint} from '../../../platform/pause.ts';
import {identifySelf} from '../../../platform/process-identity.ts';
import {ensureFolder, exists, syncFolder} from '../../../platform/publish.ts';
import type {Job, StartedRecord} from '../../job.ts';
import type {JobPaths} from '../../job-paths.ts';
import {appendLine, createExclusive, EXIT_BYTES, RC_BYTES, reserve} from './files.ts';
import {finishStarted, finishUnstarted} from './finish.ts';
import {startHeartbeat} from './heartbeat.ts';
import {findBadInput} from './inputs.ts';
import {nodeArguments} from './programs.ts';
import type {Attempt} from './records.ts';
import {findClaim, readWrapper} from './records.ts';
import {watchJob} from './watch.ts';

/**
 * Runs the attempt from its beginning to exit.json. Leaves without a trace when somebody else has the attempt.
 * @param job what to run, or why job.json cannot be read
 */
export async function superviseFresh(attempt: Attempt, job: Job | CosmosError): Promise<void> {
  const {paths} = attempt;
  if (!(await takeLock(paths))) return;
  pausePoint('supervisor-before-started');
  const started: StartedRecord = {
    attempt: attempt.number,
    supervisor: identifySelf(),
    at: isoTime(attempt.now()),
  };
  await makeFolders(paths);
  if (!(await createExclusive(paths.started, started)) || (await findClaim(paths))?.number !== 0) return;
  const stopHeartbeat = startHeartbeat(paths.heartbeat);
  try {
    const reason = (await reserveSpace(paths)) ? await findObstacle(job, paths) : 'no-space';
    if (reason === undefined) await runWrapper(attempt);
    else await finishUnstarted(attempt, reason);
  } finally {
    stopHeartbeat();
  }
}

/** @returns false when the attempt has its supervisor. */
async function takeLock(paths: JobPaths): Promise<boolean> {
  await ensureFolder(paths.attempts);
  try {
    await mkdir(paths.attempt);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
  await syncFolder(paths.attempts);
  return true;
}

/** Everything that is written during an attempt lies in these. */
export async function makeFolders(paths: JobPaths): Promise<void> {
  await ensureFolder(paths.outputs);
  await ensureFolder(paths.state);
}

/** @returns false when the disk is too full to report an end, so that nothing must begin. */
async function reserveSpace(paths: JobPaths): Promise<boolean> {
  try {
    await reserve(paths.exit, EXIT_BYTES);
    await reserve(paths.rc, RC_BYTES);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOSPC', 'EDQUOT')) return false;
    throw error;
  }
}

/** Why the job must not be started. */
async function findObstacle(
  job: Job | CosmosError,
  paths: JobPaths,
): Promise<'inputs' | 'cancel' | undefined> {
  if (await exists(paths.cancel)) return 'cancel';
  const complaint = job instanceof CosmosError ? job.message : await findBadInput(job, paths);
  if (complaint !== undefined) {
    appendLine(paths.log, complaint);
    return 'inputs';
  }
  pausePoint('supervisor-before-wrapper');
  return (await exists(paths.cancel)) ? 'cancel' : undefined;
}

async function runWrapper(attempt: Attempt): Promise<void> {
  const {paths, number} = attempt;
  const child = spawn(process.execPath, [...nodeArguments('wrapper'), paths.folder, String(number)], {
    cwd: paths.folder,
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
  });
  const end = awaitEnd(child);
  const pid = child.pid;
  if (pid === undefined) {
    appendLine(paths.log, 'the wrapper could not be started');
    await finishUnstarted(attempt, 'lost');
    return;
  }
  const stop = await watchJob(attempt, {pid, elapsedMs: 0, isGone: () => end.aborted, wake: end});
  const claim = await readWrapper(paths);
  // Without a record the wrapper was ended before it could start anything, and no other is on its way.
  if (claim === undefined) await finishUnstarted(attempt, stop?.reason ?? 'lost');
  else if (!claim.isAbandoned && claim.wrapper.pid === pid) await finishStarted(attempt, claim, stop);
}

/** Aborted when the child has ended, or could not be started. */
function awaitEnd(child: ChildProcess): AbortSignal {
  const end = new AbortController();
  for (const event of ['exit', 'error'] as const) child.once(event, () => end.abort());
  return end.signal;
}
