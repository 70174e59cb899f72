/** Timing whole processes fairly: interleaved, medians, and the most memory that a process ever held. */
import {spawn, type ChildProcessWithoutNullStreams} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
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
export async function run(command: Command): Promise<Run> {
  const started = performance.now();
  const stdout = await ended(start(command), command);
  return {seconds: (performance.now() - started) / 1000, stdout};
}

/** Starts a program that says `ready` and then waits. @returns what lets it go on; its value is what it said after that */
export async function runReady(command: Command): Promise<() => Promise<string>> {
  const child = start(command);
  const said = ended(child, command);
  const isReady = once(child.stdout, 'data');
  await Promise.race([isReady, said]);
  return async () => {
    child.stdin.end('go\n');
    return (await said).replace('ready\n', '');
  };
}

function start({program, args, cwd, env}: Command): ChildProcessWithoutNullStreams {
  return spawn(program, args, {cwd, env: {...process.env, ...env}});
}

async function ended(child: ChildProcessWithoutNullStreams, {program, args}: Command): Promise<string> {
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return stdout;
  throw new Error(`${program} ${args.join(' ')} ended with ${String(code)}: ${stderr}`);
}

/** One way of doing the work; the number that it gives is what counts, by default the seconds of its last step. */
export interface Contender {
  name: string;
  /** Before each run, not timed. */
  prepare?: () => Promise<unknown>;
  measure: () => Promise<number>;
}

/** Enough for a median that one slow moment does not move. */
export const ROUNDS = 5;

/** Runs every contender in turn, A B C A B C …, after one round to warm up; prints what each took. @returns the median of each */
export async function interleave(contenders: readonly Contender[], rounds = ROUNDS): Promise<number[]> {
  const taken = contenders.map((): number[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, {prepare, measure}] of contenders.entries()) {
      await prepare?.();
      const value = await measure();
      if (round > 0) taken[index]?.push(value);
    }
  }
  for (const [index, {name}] of contenders.entries())
    process.stderr.write(`  ${name}: ${taken[index]?.map((value) => value.toFixed(2)).join(' ') ?? ''}\n`);
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

/**
 * The most memory that a program has of its own, in MB (10^6 bytes): without the pages of files that it maps, which are the cache
 * of the system. Linux tells it only while the program runs: asked a hundred times a second.
 */
export async function peakOwnMegabytes(command: Command): Promise<number> {
  const child = start(command);
  let kilobytes = 0;
  const timer = setInterval(() => (kilobytes = Math.max(kilobytes, ownKilobytesOf(child.pid ?? 0))), 10);
  try {
    await ended(child, command);
  } finally {
    clearInterval(timer);
  }
  return (kilobytes * 1024) / 1e6;
}

/** 0 for a process that has just ended. */
function ownKilobytesOf(pid: number): number {
  try {
    return Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/**
 * A virtual machine gives idle memory back to its host within seconds; who writes next must not pay for getting it again.
 * The last thing before a contender begins that writes much.
 */
export async function warmMemory(folder: string): Promise<void> {
  const scratch = join(folder, 'scratch');
  await run({program: 'dd', args: ['if=/dev/zero', `of=${scratch}`, 'bs=1M', 'count=1536', 'status=none']});
  await rm(scratch);
}
