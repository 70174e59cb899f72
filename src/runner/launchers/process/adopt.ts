/**
 * A later supervisor of an attempt whose supervisor is gone: finds out how far it came and brings it to exit.json.
 * It never starts the job. What was not started yet, it rules out for ever by taking the wrapper's place.
 */
import {rm} from 'node:fs/promises';
import {isoTime, sleep} from '../../../platform/clock.ts';
import {pausePoint} from '../../../platform/pause.ts';
import {identifySelf, isProvenDead} from '../../../platform/process-identity.ts';
import {exists} from '../../../platform/publish.ts';
import type {StartedRecord} from '../../job.ts';
import {createExclusive, EXIT_BYTES, reserve} from './files.ts';
import {finishStarted, finishUnstarted} from './finish.ts';
import {makeFolders} from './fresh.ts';
import {startHeartbeat} from './heartbeat.ts';
import {isSurelyGone} from './processes.ts';
import type {Attempt, Claim, WrapperRecord} from './records.ts';
import {claimPath, findClaim, readWrapper} from './records.ts';
import {watchJob} from './watch.ts';

/** A supervisor writes started.json within milliseconds of making the attempt's folder; a loaded machine gets seconds. */
const STARTED_WITHIN_MS = 5000;
/** Only without hard links can a record be torn, and then only between two calls of its writer. */
const WHOLE_WITHIN_MS = 2000;
const LOOK_MS = 100;

/** Takes over with proof that the last supervisor is gone; leaves quietly without it, or when the attempt has ended. */
export async function superviseAdopted(attempt: Attempt): Promise<void> {
  const {paths} = attempt;
  if (!(await exists(paths.attempt)) || (await exists(paths.exit))) return;
  const last = await within(STARTED_WITHIN_MS, () => findClaim(paths));
  if (last !== undefined && !(await isSurelyGone(last.supervisor, paths.folder))) return;
  await makeFolders(paths);
  if (!(await takeOver(attempt, last))) return;
  const stopHeartbeat = startHeartbeat(paths.heartbeat);
  try {
    // Without room the record is written where room is found at the end, or by the next successor.
    await reserve(paths.exit, EXIT_BYTES).catch(() => undefined);
    await seeThrough(attempt);
  } finally {
    stopHeartbeat();
  }
}

/** @returns false when another adopter was faster, or the silent first supervisor has spoken after all. */
async function takeOver(attempt: Attempt, last: Claim | undefined): Promise<boolean> {
  const {paths} = attempt;
  const own = claimPath(paths, (last?.number ?? 0) + 1);
  const record: StartedRecord = {
    attempt: attempt.number,
    supervisor: identifySelf(),
    at: isoTime(attempt.now()),
  };
  if (!(await createExclusive(own, record))) return false;
  if (last !== undefined || !(await exists(paths.started))) return true;
  await rm(own);
  return false;
}

async function seeThrough(attempt: Attempt): Promise<void> {
  const {paths} = attempt;
  const claim = await decideStart(attempt);
  if (claim === undefined || claim.isAbandoned) {
    await finishUnstarted(attempt, (await exists(paths.cancel)) ? 'cancel' : 'lost');
    return;
  }
  const {wrapper} = claim;
  const elapsedMs = Math.max(0, attempt.now() - Date.parse(claim.at));
  const isGone = (await isSurelyGone(wrapper, paths.folder)) ? () => true : () => isProvenDead(wrapper);
  const stop = await watchJob(attempt, {pid: wrapper.pid, elapsedMs, isGone});
  await finishStarted(attempt, claim, stop);
}

/** Whoever writes wrapper.json first decides whether the job is started: a wrapper on its way, or this supervisor. */
async function decideStart({paths, now}: Attempt): Promise<WrapperRecord | undefined> {
  pausePoint('adopter-before-claim');
  const ruledOut: WrapperRecord = {isAbandoned: true, at: isoTime(now())};
  if (await createExclusive(paths.wrapper, ruledOut)) return ruledOut;
  return await within(WHOLE_WITHIN_MS, () => readWrapper(paths));
}

/** Looks until there is an answer or the time is over. */
async function within<T>(limitMs: number, look: () => Promise<T | undefined>): Promise<T | undefined> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    const found = await look();
    if (found !== undefined || waitedMs >= limitMs) return found;
    await sleep(LOOK_MS);
  }
}
