/**
 * The supervisor program: `node supervisor.js JOB_FOLDER ATTEMPT [adopt]`. Sees one attempt at a job through to
 * exit.json, with nobody's help and nobody watching: it has no terminal, and outlives whoever started it. What goes
 * wrong with itself it writes to state/supervisor.log; a successor then carries on.
 */
import {appendFileSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {CosmosError} from '../../../errors.ts';
import {isoTime, systemNow} from '../../../platform/clock.ts';
import type {Job} from '../../job.ts';
import type {JobPaths} from '../../job-paths.ts';
import {parseJob} from '../../job.ts';
import {attemptPaths} from '../../job-paths.ts';
import {superviseAdopted} from './adopt.ts';
import {superviseFresh} from './fresh.ts';
import type {Attempt} from './records.ts';

/** For adopting an attempt whose job.json is gone: it only has to end. */
const DEFAULT_LIMITS: Job['limits'] = {timeoutMs: null, stopGraceMs: 10_000};

const [folder = '', number = '', mode = 'fresh'] = process.argv.slice(2);
await main(attemptPaths(folder, Number(number)));

async function main(paths: JobPaths): Promise<void> {
  try {
    await supervise(paths);
  } catch (error) {
    report(paths, error);
    process.exitCode = 1;
  }
}

async function supervise(paths: JobPaths): Promise<void> {
  const job = await readJob(paths);
  const isReadable = !(job instanceof CosmosError);
  const limits = isReadable ? job.limits : DEFAULT_LIMITS;
  const hasGpus = isReadable && (job.gpus ?? 0) > 0;
  const attempt: Attempt = {paths, number: Number(number), limits, hasGpus, now: systemNow};
  if (mode === 'adopt') {
    await superviseAdopted(attempt);
    return;
  }
  // job.json speaks of another attempt: this start was overtaken.
  if (isReadable && job.attempt !== attempt.number) return;
  await superviseFresh(attempt, job);
}

async function readJob(paths: JobPaths): Promise<Job | CosmosError> {
  try {
    return parseJob(await readFile(paths.job, 'utf8'));
  } catch (error) {
    if (error instanceof CosmosError) return error;
    return new CosmosError('document.invalid', `job.json cannot be read: ${String(error)}.`, {cause: error});
  }
}

function report(paths: JobPaths, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  try {
    appendFileSync(join(paths.state, 'supervisor.log'), `${isoTime(systemNow())} ${text}\n`);
  } catch {
    return;
  }
}
