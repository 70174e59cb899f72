/** Jobs of the POSIX supervisor for the tests of this folder, on this machine and under a chosen shell. */
import {execFileSync} from 'node:child_process';
import {chmod, readFile, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {ExitRecord, Job} from '../../../../src/runner/job.ts';
import type {JobPaths} from '../../../../src/runner/job-paths.ts';
import {parseJob} from '../../../../src/runner/job.ts';
import {makePosixLauncher} from '../../../../src/runner/launchers/posix/launcher.ts';
import type {CommandRunner, Launcher} from '../../../../src/runner/target.ts';
import {LOCAL_FILES, makeRunner, makeShellPath, SHELLS} from '../../../support/shells.ts';
import {temporaryFolder} from '../../../support/temporary.ts';
import type {JobOptions} from '../job-bench.ts';
import {awaitExit, makeJob} from '../job-bench.ts';

export interface PosixBench {
  launcher: Launcher;
  root: string;
  /** A job's folder with everything that the launcher wants to find there. */
  prepare: (name: string, options?: JobOptions) => Promise<JobPaths>;
  /** Prepares a job and starts it. */
  begin: (name: string, options?: JobOptions) => Promise<JobPaths>;
  run: (name: string, options?: JobOptions) => Promise<Ended>;
  start: (paths: JobPaths, pauseAt?: string) => Promise<void>;
  adopt: (paths: JobPaths, pauseAt?: string) => Promise<void>;
  exec: (words: readonly string[]) => Promise<{code: number | null; stdout: string; stderr: string}>;
}

export interface Ended {
  paths: JobPaths;
  exit: ExitRecord;
}

export interface BenchOptions {
  name?: 'process' | 'docker';
  /** Values that the client has for the variables a job names. */
  values?: Record<string, string>;
  /** The environment of the login on the target. */
  env?: NodeJS.ProcessEnv;
  /** Who logs in on the target; the tests must be root's for that. */
  uid?: number;
  /** Words before each command: what a login does first. */
  login?: readonly string[];
}

/** @param path what PATH is on the target */
export async function makeBench(path: string, options: BenchOptions = {}): Promise<PosixBench> {
  const {name = 'process', values = {}, env = {}, uid, login = []} = options;
  const root = await temporaryFolder('posix');
  await chmod(root, 0o755);
  const make = (pauseAt?: string): Launcher => {
    const pause = pauseAt === undefined ? {} : {COSMOS_PAUSE_AT: pauseAt};
    const machine = makeRunner({PATH: path, HOME: root, ...env, ...pause}, uid);
    const runner: CommandRunner = {exec: (words, more) => machine.exec([...login, ...words], more)};
    return makePosixLauncher({name, runner, files: LOCAL_FILES, root, readEnv: (key) => values[key]});
  };
  const launcher = make();
  const prepare = async (program: string, job: JobOptions = {}): Promise<JobPaths> => {
    const paths = await makeJob(program, job);
    await writeScript(launcher, paths);
    if (uid !== undefined) {
      await chmod(dirname(dirname(paths.folder)), 0o755);
      execFileSync('chown', ['-R', `${uid}:${uid}`, paths.folder]);
    }
    return paths;
  };
  const start = (paths: JobPaths, pauseAt?: string): Promise<void> => make(pauseAt).start(paths.folder, 1);
  const begin = async (program: string, job: JobOptions = {}): Promise<JobPaths> => {
    const paths = await prepare(program, job);
    await start(paths);
    return paths;
  };
  return {
    launcher,
    root,
    prepare,
    start,
    begin,
    adopt: (paths, pauseAt) => make(pauseAt).adopt(paths.folder, 1),
    run: async (program, job) => {
      const paths = await begin(program, job);
      return {paths, exit: await awaitExit(paths)};
    },
    exec: (words) => makeRunner({PATH: path, ...env}).exec(words),
  };
}

type OnEach = (act: (bench: PosixBench, index: number) => Promise<void>) => Promise<void>;

/**
 * For a describe: runs a test under every shell of this machine at once, because most of it is waiting. What fails names
 * its shell.
 */
export function underEachShell(options: BenchOptions = {}): OnEach {
  const benches: {shell: string; bench: PosixBench}[] = [];
  before(async function () {
    for (const shell of SHELLS) {
      const path = await makeShellPath(shell);
      if (path !== undefined) benches.push({shell, bench: await makeBench(path, options)});
    }
    if (benches.length === 0) this.skip();
  });
  return async (act) => {
    const results = await Promise.allSettled(benches.map(({bench}, index) => act(bench, index)));
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') continue;
      const error = result.reason instanceof Error ? result.reason : new Error(String(result.reason));
      error.message = `under ${benches[index]?.shell ?? ''}: ${error.message}`;
      throw error;
    }
  };
}

/** Writes what the launcher wants beside job.json. */
async function writeScript(launcher: Launcher, paths: JobPaths): Promise<void> {
  const job: Job = parseJob(await readFile(paths.job, 'utf8'));
  for (const {name, bytes} of launcher.filesOf?.(job) ?? []) await writeFile(join(paths.folder, name), bytes);
}
