/** Killing a real process at the N-th call of a system call, or failing or leaving out that call, by strace(1). Linux only. */
import {execFile, execFileSync} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {REPOSITORY} from './cli.ts';
import {temporaryFolder} from './temporary.ts';

export interface Fault {
  syscall: string;
  /** The call before which it is killed or which fails, counted from 1 in each thread. */
  when: number;
  /** How the call fails, as EIO; a kill when left out. */
  error?: string | undefined;
  /** The call is not made, and said to have succeeded. */
  isLeftOut?: boolean;
}

export interface Faulted {
  /** Null when it was killed, by the fault or because it did not end. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** False when there were fewer calls. */
  isHit: boolean;
  /** The files that calls were about which failed or were left out. */
  paths: string[];
}

const BIN = join(REPOSITORY, 'bin', 'run.js');

export function hasStrace(): boolean {
  try {
    execFileSync('strace', ['-o', '/dev/null', 'true'], {stdio: 'ignore'});
    return true;
  } catch {
    return false;
  }
}

/** Calls are counted by thread, so one thread does all file work that is not done by the main one. */
const ENVIRONMENT = {UV_THREADPOOL_SIZE: '1', LANG: 'C.UTF-8', XDG_CONFIG_HOME: '/nonexistent'};

/** No operation takes a tenth of it. */
const HANGS_MS = 60_000;

async function strace(
  words: readonly string[],
  args: readonly string[],
  cwd: string,
): Promise<Faulted & {trace: string}> {
  const trace = join(await temporaryFolder('strace'), 'trace');
  const {PATH, HOME, TMPDIR} = process.env;
  const env = {PATH, HOME, TMPDIR, ...ENVIRONMENT};
  const line = ['-f', '-y', '-o', trace, ...words, process.execPath, BIN, ...args];
  const ended = await new Promise<Omit<Faulted, 'isHit' | 'paths'>>((resolve) => {
    execFile(
      'strace',
      line,
      {cwd, env, maxBuffer: 64 << 20, timeout: HANGS_MS, killSignal: 'SIGKILL'},
      (error, stdout, stderr) => {
        const code = typeof error?.code === 'number' ? error.code : null;
        resolve({code: error ? code : 0, stdout, stderr});
      },
    );
  });
  const text = await readFile(trace, 'utf8').catch(() => '');
  const paths = Array.from(text.matchAll(/\d<([^>]*)>.*\(INJECTED\)/g), ([, path = '']) => path);
  return {...ended, trace: text, paths, isHit: /\+\+\+ killed by SIGKILL|\(INJECTED\)/.test(text)};
}

/** Runs cosmos with one fault, to its end. */
export function cosmosFaultedAt(args: readonly string[], cwd: string, fault: Fault): Promise<Faulted> {
  const {syscall, when, error, isLeftOut} = fault;
  const failure = error === undefined ? 'signal=SIGKILL' : `error=${error}`;
  const what = isLeftOut === true ? 'retval=0' : failure;
  return strace(['-e', `trace=${syscall}`, '-e', `inject=${syscall}:${what}:when=${when}`], args, cwd);
}

/** Not every start of Node is the same. */
const AROUND = 2;

/**
 * At which calls cosmos is at work on files below the folder, or at some of them: the rest (pipes, wake-ups of threads, the start
 * of Node) is not about them. By number of the call in its thread; as that differs a little from one run to the next, with those around it.
 */
export async function listCalls(
  args: readonly string[],
  cwd: string,
  syscalls: readonly string[],
  below = '',
): Promise<Map<string, number[]>> {
  const {trace} = await strace(['-e', `trace=${syscalls.join(',')}`], args, cwd);
  const counts = new Map<string, number>();
  const calls = new Map<string, Set<number>>(syscalls.map((name) => [name, new Set()]));
  for (const text of trace.split('\n')) {
    const [, thread = '', name = ''] = /^(\d+) +(\w+)\(/.exec(text) ?? [];
    if (name === '') continue;
    const key = `${thread} ${name}`;
    const number = (counts.get(key) ?? 0) + 1;
    counts.set(key, number);
    if (!text.includes(`${cwd}${below}`)) continue;
    for (let near = Math.max(1, number - AROUND); near <= number + AROUND; near += 1)
      calls.get(name)?.add(near);
  }
  return new Map(Array.from(calls, ([name, numbers]) => [name, [...numbers].sort((a, b) => a - b)]));
}
