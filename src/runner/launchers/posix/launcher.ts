/**
 * The launchers `process` and `docker` of a target that is reached by commands and files: uploads the supervisor once
 * for each of its versions, and asks it for everything else. What it needs to know of a job lies in job.sh.
 */
import {posix} from 'node:path';
import {CosmosError} from '../../../errors.ts';
import type {JobPaths} from '../../job-paths.ts';
import {parseJob} from '../../job.ts';
import type {
  CommandRunner,
  ExecResult,
  FileReader,
  FileWriter,
  FolderMaker,
  Launcher,
  SupervisorLook,
} from '../../target.ts';
import {formatJobScript, formatVariables} from './job-script.ts';
import type {Scripts} from './scripts.ts';
import {readScripts} from './scripts.ts';

export interface PosixLauncherOptions {
  /** The same supervisor runs both: a job with a container goes into one. */
  name: 'process' | 'docker';
  runner: CommandRunner;
  files: FileWriter & FileReader & FolderMaker;
  /** Folder on the target that holds bin/; asked for at first use, because it is known at first contact. */
  root: string | (() => Promise<string>);
  /** Values of environment variables that a job names, such as of process.env. */
  readEnv: (name: string) => string | undefined;
}

const STATES = ['alive', 'dead', 'unknown'] as const;

/** `alive 12000` */
function parseLook(text: string): SupervisorLook {
  const [word, silence] = text.trim().split(/\s+/);
  const state = STATES.find((known) => known === word) ?? 'unknown';
  return state === 'alive' && silence !== undefined ? {state, silentMs: Number(silence)} : {state};
}

export function makePosixLauncher(options: PosixLauncherOptions): Launcher {
  const {name, runner, files, readEnv} = options;
  const findProgram = rememberSuccess(() => uploadScripts(options));
  const call = async (words: readonly string[], stdin = ''): Promise<ExecResult> => {
    const program = await findProgram();
    const result = await runner.exec(['sh', program, ...words], {stdin: Buffer.from(stdin)});
    if (result.code !== 0) throw failed(words, result);
    return result;
  };
  return {
    name,
    filesOf: (job) => [{name: 'job.sh', bytes: Buffer.from(formatJobScript(job))}],
    start: async (jobFolder, attempt) => {
      const secrets = await readSecrets(files, jobFolder, readEnv);
      await call(['start', jobFolder, String(attempt)], secrets);
    },
    adopt: async (jobFolder, attempt) => {
      await call(['adopt', jobFolder, String(attempt)]);
    },
    look: async (paths) => {
      const {stdout} = await call(['state', paths.folder, attemptOf(paths)]);
      return parseLook(stdout);
    },
  };
}

/** @returns the path of the supervisor there. The folder is complete when its last file is there. */
async function uploadScripts({files, root}: PosixLauncherOptions): Promise<string> {
  const scripts = await readScripts();
  const bin = posix.join(typeof root === 'string' ? root : await root(), 'bin');
  const folder = posix.join(bin, scripts.digest);
  if (await isUploaded(files, folder, scripts)) return posix.join(folder, 'supervisor.sh');
  await files.ensureFolder(bin);
  await files.ensureFolder(folder);
  for (const {name, bytes} of scripts.files) await files.writeFile(posix.join(folder, name), bytes);
  return posix.join(folder, 'supervisor.sh');
}

async function isUploaded(files: FileReader, folder: string, {files: all}: Scripts): Promise<boolean> {
  const last = all.at(-1);
  if (last === undefined) return false;
  const found = await files.readFile(posix.join(folder, last.name));
  return found !== undefined && last.bytes.equals(found);
}

/** Values travel over stdin: no command line, manifest or log ever shows them. */
async function readSecrets(
  files: FileReader,
  jobFolder: string,
  readEnv: (name: string) => string | undefined,
): Promise<string> {
  const path = posix.join(jobFolder, 'job.json');
  const bytes = await files.readFile(path);
  if (bytes === undefined) {
    throw new CosmosError('target.failed', `There is no ${path} on the target.`, {
      hint: 'Somebody removed the folder of the job. Start the run again.',
    });
  }
  const {env} = parseJob(Buffer.from(bytes).toString('utf8'));
  const values = env.flatMap((name): [string, string][] => {
    const value = readEnv(name);
    return value === undefined ? [] : [[name, value]];
  });
  const lines = formatVariables(Object.fromEntries(values));
  return lines.map((line) => `${line}\n`).join('');
}

function attemptOf(paths: JobPaths): string {
  return posix.basename(paths.attempt);
}

function failed(words: readonly string[], {code, signal, stderr}: ExecResult): CosmosError {
  const said = stderr.trim() === '' ? `it ended with ${String(code ?? signal)}` : stderr.trim();
  return new CosmosError('target.failed', `The supervisor could not ${words[0] ?? 'run'}: ${said}.`, {
    hint: 'Look at what the target says, correct it there, and repeat the command: nothing is started twice.',
    facts: {code, signal, stderr, folder: words[1]},
  });
}

/** Calls once, unless the call failed. */
function rememberSuccess<T>(call: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= call().catch((error: unknown) => {
      answer = undefined;
      throw error;
    });
    return answer;
  };
}
