/**
 * What supervisor and wrapper tell each other, and those that come after them, in `state/`. Readers answer undefined
 * for a file that is absent or torn: neither says anything.
 */
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import type {Now} from '../../../platform/clock.ts';
import type {ProcessIdentity} from '../../../platform/process-identity.ts';
import {isProcessIdentity} from '../../../platform/process-identity.ts';
import type {Job, StartedRecord} from '../../job.ts';
import type {JobPaths} from '../../job-paths.ts';
import {parseStarted} from '../../job.ts';
import {readIfAny} from './files.ts';

/** The attempt that a supervisor looks after. */
export interface Attempt {
  paths: JobPaths;
  number: number;
  limits: Job['limits'];
  /** Whether the job is to have any. */
  hasGpus: boolean;
  now: Now;
}

/**
 * state/wrapper.json: who may start the job. Whoever creates it first has the word: a wrapper that starts it, or an
 * adopting supervisor that rules out for ever that it starts in this attempt.
 */
export type WrapperRecord =
  {isAbandoned: false; wrapper: ProcessIdentity; at: string} | {isAbandoned: true; at: string};

/** state/rc: how the job's own process ended, as the wrapper saw it. */
export interface RcRecord {
  rc: number | null;
  signal: string | null;
  /** False when the program could not be started; rc is then 126 or 127, as a shell would say. */
  isStarted: boolean;
  /** Whether a request to stop had reached the group before the job ended. */
  isStopped: boolean;
  at: string;
}

/** state/stop.json: written before the first signal, so that a successor knows why the job ended. */
export interface StopRecord {
  reason: 'cancel' | 'timeout';
  at: string;
}

/** A supervisor's claim on the attempt; number 0 is started.json. */
export interface Claim {
  number: number;
  supervisor: ProcessIdentity;
}

export async function readWrapper(paths: JobPaths): Promise<WrapperRecord | undefined> {
  const {isAbandoned, wrapper, at} = await readObject(paths.wrapper);
  if (typeof at !== 'string') return undefined;
  if (isAbandoned === true) return {isAbandoned, at};
  return isProcessIdentity(wrapper) ? {isAbandoned: false, wrapper, at} : undefined;
}

export async function readRc(paths: JobPaths): Promise<RcRecord | undefined> {
  const {rc, signal, isStarted, isStopped, at} = await readObject(paths.rc);
  if (typeof isStarted !== 'boolean' || typeof isStopped !== 'boolean' || typeof at !== 'string')
    return undefined;
  if (!(rc === null || typeof rc === 'number') || !(signal === null || typeof signal === 'string'))
    return undefined;
  return {rc, signal, isStarted, isStopped, at};
}

export async function readStop(paths: JobPaths): Promise<StopRecord | undefined> {
  const {reason, at} = await readObject(paths.stop);
  return (reason === 'cancel' || reason === 'timeout') && typeof at === 'string' ? {reason, at} : undefined;
}

/** The newest claim: the last supervisor that adopted the attempt, else the first one. */
export async function findClaim(paths: JobPaths): Promise<Claim | undefined> {
  const names = await readdir(paths.state).catch(() => []);
  const numbers = names.map((name) => Number(/^supervisor\.([1-9]\d*)\.json$/.exec(name)?.[1] ?? 0));
  const number = Math.max(0, ...numbers);
  const record = await readStarted(number === 0 ? paths.started : claimPath(paths, number));
  return record && {number, supervisor: record.supervisor};
}

export function claimPath(paths: JobPaths, number: number): string {
  return join(paths.state, `supervisor.${number}.json`);
}

async function readStarted(path: string): Promise<StartedRecord | undefined> {
  const text = await readIfAny(path);
  try {
    return text === undefined ? undefined : parseStarted(text);
  } catch {
    return undefined;
  }
}

async function readObject(path: string): Promise<Record<string, unknown>> {
  const text = (await readIfAny(path)) ?? '';
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
