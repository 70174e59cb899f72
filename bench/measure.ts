/** Timing whole processes fairly: interleaved, medians, and the most memory that a process ever held. */
import {spawn} from 'node:child_process';
import {readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

export const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
export const COSMOS = join(REPOSITORY, 'bin', 'run.js');
const PEAK_HOOK = fileURLToPath(new URL('./peak-memory.mjs', import.meta.url));

export interface Command {
  program: string;
  args: readonly string[];
  cwd?: string;
  env?: Record<string, string>;
}

export interface Run {
  seconds: number;
  stdout: string;
}

export function cosmos(args: readonly string[], options: Pick<Command, 'cwd' | 'env'> = {}): Command {
  return {program: process.execPath, args: [COSMOS, ...args], ...options};
}

/** Runs a command to its end. @throws Error when it fails */
export async function run({program, args, cwd, env}: Command): Promise<Run> {
  const started = performance.now();
  const child = spawn(program, args, {cwd, env: {...process.env, ...env}, stdio: ['ignore', 'pipe', 'pipe']});
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const seconds = (performance.now() - started) / 1000;
  if (code === 0) return {seconds, stdout};
  throw new Error(`${program} ${args.join(' ')} ended with ${String(code)}: ${stderr}`);
}

/** One way of doing the work; the number that it gives is what counts, by default the seconds of its last step. */
export interface Contender {
  name: string;
  /** Before each run, not timed. */
  prepare?: () => Promise<void>;
  measure: () => Promise<number>;
}

/** Runs every contender in turn, A B C A B C …, after one round to warm up. @returns the median of each */
export async function interleave(contenders: readonly Contender[], rounds: number): Promise<number[]> {
  const taken = contenders.map((): number[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, {prepare, measure}] of contenders.entries()) {
      await prepare?.();
      const value = await measure();
      if (round > 0) taken[index]?.push(value);
    }
  }
  return taken.map(median);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Seconds of whole processes, one after another. */
export async function secondsOf(...commands: readonly Command[]): Promise<number> {
  let seconds = 0;
  for (const command of commands) seconds += (await run(command)).seconds;
  return seconds;
}

/** The largest resident set of a Node program, in MB (10^6 bytes), as the system counted it. */
export async function peakMegabytes(command: Command): Promise<number> {
  const file = join(tmpdir(), `cosmos-peak-${process.pid}`);
  await run({
    ...command,
    env: {...command.env, NODE_OPTIONS: `--import=${PEAK_HOOK}`, PEAK_MEMORY_FILE: file},
  });
  const kilobytes = Number(await readFile(file, 'utf8'));
  await rm(file);
  return (kilobytes * 1024) / 1e6;
}
