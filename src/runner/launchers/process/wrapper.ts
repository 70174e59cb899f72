/**
 * The wrapper program: `node wrapper.js JOB_FOLDER ATTEMPT`, started by a supervisor as the leader of its own session.
 * Starts the job once, outlives it (requests to stop reach the whole group, and the wrapper only notes them), writes
 * how the job's own process ended to state/rc, and then ends the group, itself included, so that nothing is left of it.
 */
import type {ChildProcess} from 'node:child_process';
import {spawn} from 'node:child_process';
import {closeSync, existsSync, openSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {isErrno} from '../../../errors.ts';
import {isoTime, systemNow} from '../../../platform/clock.ts';
import {pausePoint} from '../../../platform/pause.ts';
import {identifySelf} from '../../../platform/process-identity.ts';
import type {Job} from '../../job.ts';
import type {JobPaths} from '../../job-paths.ts';
import {parseJob} from '../../job.ts';
import {attemptPaths} from '../../job-paths.ts';
import {jobEnvironment} from './environment.ts';
import {appendLine, createExclusive, fillReserved} from './files.ts';
import type {RcRecord, WrapperRecord} from './records.ts';

type End = Omit<RcRecord, 'at'>;

let hasStopArrived = false;
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => {
    hasStopArrived = true;
  });
}

const [folder = '', attempt = ''] = process.argv.slice(2);
const own = attemptPaths(folder, Number(attempt));
await main(own).catch((error: unknown) => {
  appendLine(own.log, `the job was not started: ${String(error)}`);
  process.exitCode = 1;
});

async function main(paths: JobPaths): Promise<void> {
  const job = parseJob(await readFile(paths.job, 'utf8'));
  pausePoint('wrapper-before-claim');
  const claim: WrapperRecord = {isAbandoned: false, wrapper: identifySelf(), at: isoTime(systemNow())};
  if (!(await createExclusive(paths.wrapper, claim))) return;
  try {
    const record: RcRecord = {...(await runJob(job, paths)), at: isoTime(systemNow())};
    pausePoint('wrapper-before-rc');
    await fillReserved(paths.rc, JSON.stringify(record));
    pausePoint('wrapper-after-rc');
  } catch (error) {
    appendLine(paths.log, `the end of the job could not be recorded: ${String(error)}`);
  } finally {
    endGroup();
  }
}

async function runJob(job: Job, paths: JobPaths): Promise<End> {
  if (hasStopArrived) return {rc: null, signal: 'SIGTERM', isStarted: false, isStopped: true};
  const log = openSync(paths.log, 'a');
  try {
    return await waitFor(start(job, paths, log), paths);
  } catch (error) {
    appendLine(paths.log, `cannot start ${JSON.stringify(job.argv[0])}: ${String(error)}`);
    return {rc: isErrno(error, 'ENOENT') ? 127 : 126, signal: null, isStarted: false, isStopped: false};
  } finally {
    closeSync(log);
  }
}

/** The job gets the log itself, no pipe of ours: it goes on writing whatever happens to the wrapper. */
function start(job: Job, paths: JobPaths, log: number): ChildProcess {
  const [program = '', ...options] = job.argv;
  return spawn(program, options, {
    cwd: job.workdir ?? paths.folder,
    env: jobEnvironment(job, paths),
    stdio: ['ignore', log, log],
    windowsHide: true,
  });
}

/** @throws the error of a program that could not be started. */
function waitFor(job: ChildProcess, paths: JobPaths): Promise<End> {
  return new Promise((resolve, reject) => {
    job.once('error', reject);
    job.once('exit', (rc, signal) =>
      resolve({rc, signal, isStarted: true, isStopped: wasStopped(rc, paths)}),
    );
  });
}

/**
 * Whether the job ended after it was told to. The group's signal may be heard of after the news that the job ended of it, and
 * Windows has none: so the supervisor's record counts, too, which is there before the signal is sent. A job that ended well at
 * that moment has ended by itself.
 */
function wasStopped(rc: number | null, paths: JobPaths): boolean {
  return hasStopArrived || ((rc !== 0 || process.platform === 'win32') && existsSync(paths.stop));
}

/** POSIX. The wrapper leads the group and still lives, so the number cannot mean anybody else. */
function endGroup(): void {
  if (process.platform !== 'win32') process.kill(-process.pid, 'SIGKILL');
}
