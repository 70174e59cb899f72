/**
 * The end of an attempt: everything of the job is gone, its outputs are hashed and listed, and exit.json is written
 * last. Every step can be done again by a successor, up to the rename that ends the attempt.
 */
import {createHash} from 'node:crypto';
import {rm} from 'node:fs/promises';
import {CosmosError} from '../../../errors.ts';
import {isoTime} from '../../../platform/clock.ts';
import {pausePoint} from '../../../platform/pause.ts';
import {ensureFolder, exists, publishText, syncFolder} from '../../../platform/publish.ts';
import type {ExitReason, ExitRecord} from '../../job.ts';
import type {JobPaths} from '../../job-paths.ts';
import {EXIT_SCHEMA} from '../../job.ts';
import {formatSums} from '../../sums.ts';
import {EXIT_BYTES, fillReserved, syncIfAny} from './files.ts';
import type {HashedOutputs} from './outputs.ts';
import {hashOutputs} from './outputs.ts';
import {clearJob} from './processes.ts';
import type {Attempt, RcRecord, StopRecord, WrapperRecord} from './records.ts';
import {readRc} from './records.ts';
import {readSilence} from './silence.ts';

type Ending = Pick<
  ExitRecord,
  'isStarted' | 'rc' | 'signal' | 'reason' | 'startedAt' | 'endedAt' | 'longestSilenceMs'
>;
type Listing = Pick<ExitRecord, 'sums' | 'refused' | 'changed'>;

const NOTHING_LISTED: Listing = {sums: null, refused: [], changed: []};

/** Ends an attempt whose program was never started, and never will be. */
export async function finishUnstarted(attempt: Attempt, reason: ExitReason): Promise<void> {
  const endedAt = isoTime(attempt.now());
  const ending: Ending = {isStarted: false, rc: null, signal: null, reason, startedAt: null, endedAt};
  await writeExit(attempt, ending, NOTHING_LISTED);
}

/** Ends an attempt whose wrapper is gone or has recorded the job's end. */
export async function finishStarted(
  attempt: Attempt,
  claim: Extract<WrapperRecord, {isAbandoned: false}>,
  stop: StopRecord | undefined,
): Promise<void> {
  const {paths} = attempt;
  await clearJob(claim.wrapper, paths.outputs);
  const ending = describeEnd(await readRc(paths), stop, claim.at, isoTime(attempt.now()));
  const listing = await listOutputs(paths);
  await syncIfAny(paths.log);
  pausePoint('supervisor-before-exit');
  const reason = listing.sums === null ? 'no-space' : ending.reason;
  const longestSilenceMs = (await readSilence(paths))?.longestMs ?? null;
  await writeExit(attempt, {...ending, reason, longestSilenceMs}, listing);
}

/**
 * The label from intent and evidence: a job that ended before the request to stop reached it ended by itself. Without
 * a state/rc the wrapper was killed, by the supervisor when the time to stop politely was over, else by somebody else.
 */
export function describeEnd(
  rc: RcRecord | undefined,
  stop: StopRecord | undefined,
  startedAt: string,
  now: string,
): Ending {
  if (rc === undefined) {
    const ending = {isStarted: true, rc: null, startedAt, endedAt: now};
    if (stop === undefined) return {...ending, signal: null, reason: 'lost'};
    return {...ending, signal: 'SIGKILL', reason: stop.reason};
  }
  const {isStarted, signal} = rc;
  const own = signal === null ? 'exit' : 'signal';
  const reason = stop !== undefined && rc.isStopped ? stop.reason : own;
  return {isStarted, rc: rc.rc, signal, reason, startedAt: isStarted ? startedAt : null, endedAt: rc.at};
}

async function listOutputs(paths: JobPaths): Promise<Listing> {
  const hashed = await hashOutputs(paths.outputs);
  const {refused, changed} = hashed;
  return {sums: await writeSums(paths, hashed), refused, changed};
}

/** @returns null when the disk is too full. */
async function writeSums(paths: JobPaths, hashed: HashedOutputs): Promise<ExitRecord['sums']> {
  const text = formatSums(hashed.entries);
  try {
    await publishText(paths.sums, text);
  } catch (error) {
    if (error instanceof CosmosError && error.code === 'store.full') return null;
    throw error;
  }
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  return {digest, size: Buffer.byteLength(text), lines: hashed.entries.length};
}

/** The first record stays, whoever comes later. */
async function writeExit(attempt: Attempt, ending: Ending, listing: Listing): Promise<void> {
  const {paths, number} = attempt;
  if (await exists(paths.exit)) return;
  await ensureFolder(paths.state);
  const record: ExitRecord = {schema: EXIT_SCHEMA, attempt: number, ...ending, ...listing, omitted: 0};
  await rm(paths.silence, {force: true});
  await fillReserved(paths.exit, formatToFit(record, EXIT_BYTES - 1));
  await syncFolder(paths.attempt);
}

/** Drops names, half of the longer list at a time, until the record fits, and says how many. */
export function formatToFit(record: ExitRecord, maxBytes: number): string {
  const text = JSON.stringify(record);
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const longer = record.refused.length >= record.changed.length ? 'refused' : 'changed';
  const kept = record[longer].slice(0, Math.floor(record[longer].length / 2));
  const omitted = record.omitted + record[longer].length - kept.length;
  if (omitted === record.omitted) return text;
  return formatToFit({...record, [longer]: kept, omitted}, maxBytes);
}
