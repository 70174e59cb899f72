/** The built command line as a process of its own, as people run it. */
import {spawn, type ChildProcess} from 'node:child_process';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {initWorkspace} from '../../src/workspace/init.ts';
import {temporaryFolder} from './temporary.ts';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
export const CITY = join(REPOSITORY, 'examples', 'scenes', 'city');
const BIN = join(REPOSITORY, 'bin', 'run.js');

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  cwd?: string;
  env?: Record<string, string>;
  input?: string;
  /** A program and its arguments that run the command line given after them, such as `setpriv …`. */
  through?: readonly string[];
}

/** Variables of the person who runs the tests must not change what they see. */
function environment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const {PATH, HOME, TMPDIR, SYSTEMROOT} = process.env;
  return {PATH, HOME, TMPDIR, SYSTEMROOT, LANG: 'C.UTF-8', XDG_CONFIG_HOME: '/nonexistent', ...extra};
}

/** Starts cosmos; the caller ends it. */
export function startCosmos(args: readonly string[], options: CliOptions = {}): ChildProcess {
  const [program = process.execPath, ...rest] = [...(options.through ?? []), process.execPath, BIN, ...args];
  return spawn(program, rest, {
    cwd: options.cwd,
    env: environment(options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Runs cosmos to its end. */
export function cosmos(args: readonly string[], options: CliOptions = {}): Promise<Outcome> {
  const child = startCosmos(args, options);
  child.stdin?.end(options.input ?? '');
  return outcomeOf(child);
}

export function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  // A chunk may end within a character.
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({code, signal, stdout, stderr}));
  });
}

/** Runs cosmos with --json and parses what it printed. */
export async function cosmosJson<T>(args: readonly string[], options: CliOptions = {}): Promise<T> {
  const {stdout, stderr} = await cosmos([...args, '--json'], options);
  try {
    return JSON.parse(stdout) as T;
  } catch {
    throw new Error(`not one JSON document: ${stdout}\n${stderr}`);
  }
}

/** A workspace with models that run `test/programs/jobs.mjs`, a program for jobs that are not video. */
export async function makeCliWorkspace(models = JOB_MODELS): Promise<string> {
  const root = await initWorkspace(await temporaryFolder('cli'));
  await writeFile(join(root, 'cosmos.toml'), models);
  await writeFile(join(root, 'request.json'), JSON.stringify({inputs: {text: 'text.txt'}, parameters: {}}));
  await writeFile(join(root, 'text.txt'), 'the input\n');
  return root;
}

const JOBS = join(REPOSITORY, 'test', 'programs', 'jobs.mjs').replaceAll('\\', '/');

/** `copy` succeeds at once; the others do as their names say. */
export const JOB_MODELS = ['copy', 'clock', 'slow', 'fail', 'forget', 'empty', 'many', 'forever']
  .map(
    (name) => `[models.${name}]
argv = [${JSON.stringify(process.execPath)}, ${JSON.stringify(JOBS)}, "${name}", "{inputs.text}", "{outputs}"]
inputs = ["text"]
outputs = [{name = "copy.txt", role = "output", mediaType = "text/plain", primary = true}]
`,
  )
  .join('\n');

/** Resolves once the process has said that it stands at the pause point, and does: what continues it earlier is lost. */
export async function waitForPause(child: ChildProcess, name: string, timeoutMs = 45_000): Promise<void> {
  const pid = await waitForWord(child, name, timeoutMs);
  while (!(await isStopped(pid))) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** By /proc; where there is none it is taken for granted. */
async function isStopped(pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat === undefined || /\) [TZX] /.test(stat);
}

/** @returns the pid of the process that said it */
function waitForWord(child: ChildProcess, name: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let stderr = '';
    const timer = setTimeout(() => reject(new Error(`never paused at ${name}: ${stderr}`)), timeoutMs);
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
      const said = stderr.split('\n').find((line) => line.includes(`paused at ${name} (pid `));
      const pid = said && /\(pid (\d+)\)/.exec(said)?.[1];
      if (pid === undefined) return;
      clearTimeout(timer);
      resolve(pid);
    });
    child.once('close', () => {
      clearTimeout(timer);
      reject(new Error(`ended before it paused at ${name}: ${stderr}`));
    });
  });
}
