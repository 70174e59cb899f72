/** Real jobs in temporary folders for the tests of this folder, and the end of every process that they started. */
import {createHash} from 'node:crypto';
import {readFileSync, readdirSync} from 'node:fs';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {ExitRecord, Job} from '../../../src/runner/job.ts';
import type {JobPaths} from '../../../src/runner/job-paths.ts';
import {parseExit} from '../../../src/runner/job.ts';
import {jobPaths} from '../../../src/runner/job-paths.ts';
import {startSupervisor} from '../../../src/runner/launchers/process/launcher.ts';
import {findClaim, readWrapper} from '../../../src/runner/launchers/process/records.ts';
import {temporaryFolder} from '../../support/temporary.ts';

const made: JobPaths[] = [];

export interface JobOptions {
  /** Arguments for the program. */
  options?: string[];
  /** Replaces members of job.json. */
  job?: Partial<Job>;
  inputs?: Record<string, string>;
  root?: string;
  /** Default the same for all: a job's folder is its own. */
  id?: string;
}

/** argv of one of test/programs. */
export function program(name: string, ...options: string[]): string[] {
  return [
    process.execPath,
    fileURLToPath(new URL(`../../programs/${name}.mjs`, import.meta.url)),
    ...options,
  ];
}

/** A job folder as a client would leave it, with nothing started. */
export async function makeJob(name: string, options: JobOptions = {}): Promise<JobPaths> {
  const root = options.root ?? (await temporaryFolder('job'));
  const id = options.id ?? `rs_${'0'.repeat(31)}1`;
  const paths = jobPaths(root, id, 1);
  made.push(paths);
  const inputs = Object.entries(options.inputs ?? {}).map(([input, text]) => {
    return {name: input, digest: digestOf(text), size: Buffer.byteLength(text)};
  });
  await mkdir(paths.inputs, {recursive: true});
  for (const [input, text] of Object.entries(options.inputs ?? {})) {
    await mkdir(dirname(join(paths.inputs, input)), {recursive: true});
    await writeFile(join(paths.inputs, input), text);
  }
  const job: Job = {
    schema: 'cosmos/job/v1',
    id,
    attempt: 1,
    argv: program(name, ...(options.options ?? [])),
    env: [],
    inputs,
    outputs: [],
    limits: {timeoutMs: null, stopGraceMs: 300},
    ...options.job,
  };
  await writeFile(paths.job, JSON.stringify(job));
  return paths;
}

export function digestOf(text: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** Starts a supervisor; with `pauseAt` it, or its wrapper, stops (SIGSTOP) at that point. */
export async function supervise(
  paths: JobPaths,
  mode: 'fresh' | 'adopt' = 'fresh',
  pauseAt?: string,
): Promise<void> {
  if (pauseAt !== undefined) process.env['COSMOS_PAUSE_AT'] = pauseAt;
  try {
    await startSupervisor(paths.folder, 1, {mode});
  } finally {
    delete process.env['COSMOS_PAUSE_AT'];
  }
}

/** Starts a fresh supervisor and waits for the end. */
export async function runToEnd(paths: JobPaths): Promise<ExitRecord> {
  await supervise(paths);
  return awaitExit(paths);
}

export async function awaitExit(paths: JobPaths): Promise<ExitRecord> {
  return parseExit(await until('exit.json', () => readText(paths.exit)));
}

/** Waits, half a minute or more, until there is an answer. */
export async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let turn = 0; turn < 1500; turn += 1) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await pause(20);
  }
  throw new Error(`waited too long for ${what}`);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/** Waits until the log holds the text: the job's program runs. */
export async function untilLogged(paths: JobPaths, text: string): Promise<void> {
  await until(`"${text}" in the log`, async () => (await readText(paths.log))?.includes(text));
}

export async function supervisorPid(paths: JobPaths): Promise<number> {
  return (await until('a supervisor', () => findClaim(paths))).supervisor.pid;
}

export async function wrapperPid(paths: JobPaths): Promise<number> {
  const record = await until('a wrapper', () => readWrapper(paths));
  if (record.isAbandoned) throw new Error('the wrapper was ruled out');
  return record.wrapper.pid;
}

/** Ends a process and waits until it is gone. */
export async function kill(pid: number): Promise<void> {
  sendKill(pid);
  await until(`the end of ${pid}`, () => !isRunning(pid));
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !/^\d+ \(.*\) [ZX]/s.test(readProc(String(pid), 'stat'));
}

/** Ends what the jobs of a test left running. */
export async function endAll(): Promise<void> {
  for (const paths of made.splice(0)) {
    const claim = await findClaim(paths);
    const wrapper = await readWrapper(paths);
    if (claim !== undefined && claim.supervisor.pid !== process.pid) sendKill(claim.supervisor.pid);
    // The pid of a wrapper in a container means somebody else out here.
    if (wrapper?.isAbandoned === false && wrapper.wrapper.namespace === claim?.supervisor.namespace)
      sendKill(-wrapper.wrapper.pid);
  }
}

/** Linux: pids of supervisors and wrappers of this job, and of those with the given last argument. */
export function listProcesses(paths: JobPaths, last = ''): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => {
    const line = readProc(pid, 'cmdline');
    return line.includes(`${paths.folder}\0`) && line.endsWith(last === '' ? '' : `\0${last}\0`);
  });
}

/** Linux: the pid of a process of this job that stopped at a pause point. */
export async function untilPaused(paths: JobPaths): Promise<number> {
  return until('a paused process', () => {
    const paused = listProcesses(paths).find((pid) => /^\d+ \(.*\) T/s.test(readProc(pid, 'stat')));
    return paused === undefined ? undefined : Number(paused);
  });
}

function sendKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    return;
  }
}

function readProc(pid: string, file: 'stat' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
