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
  /** Only calls about this file count. */
  path?: string | undefined;
}

export interface Faulted {
  /** Null when it was ended by a signal. */
  code: number | null;
  signal: NodeJS.Signals | null;
  /** It did not end, and was killed. */
  isStuck: boolean;
  stdout: string;
  stderr: string;
  /** False when there were fewer calls. */
  isHit: boolean;
  /** The calls of that kind, with those that failed or were left out. */
  calls: Call[];
}

export interface Call {
  name: string;
  /** Counted from 1 in its thread. */
  number: number;
  /** The same among those about that file. */
  numberOnPath: number;
  /** Of the file that it is about; empty where it is about none that is open. */
  path: string;
  /** As strace printed it. */
  line: string;
  isInjected: boolean;
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

async function strace(words: readonly string[], args: readonly string[], cwd: string): Promise<Faulted> {
  const trace = join(await temporaryFolder('strace'), 'trace');
  const {PATH, HOME, TMPDIR} = process.env;
  const env = {PATH, HOME, TMPDIR, ...ENVIRONMENT};
  const line = ['-f', '-y', '-o', trace, ...words, process.execPath, BIN, ...args];
  const ended = await new Promise<Omit<Faulted, 'isHit' | 'calls'>>((resolve) => {
    execFile(
      'strace',
      line,
      {cwd, env, maxBuffer: 64 << 20, timeout: HANGS_MS, killSignal: 'SIGKILL'},
      (error, stdout, stderr) => {
        const code = typeof error?.code === 'number' ? error.code : null;
        const {signal = null, killed: isStuck = false} = error ?? {};
        resolve({code: error ? code : 0, signal, isStuck, stdout, stderr});
      },
    );
  });
  const text = await readFile(trace, 'utf8').catch(() => '');
  return {...ended, calls: parseCalls(text), isHit: /\+\+\+ killed by SIGKILL|\(INJECTED\)/.test(text)};
}

function parseCalls(trace: string): Call[] {
  const counts = new Map<string, number>();
  const count = (key: string): number => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts.get(key) ?? 0;
  };
  const last = new Map<string, Call>();
  const calls: Call[] = [];
  for (const line of trace.split('\n')) {
    const [, thread = '', resumed, name = ''] = /^(\d+) +(<\.\.\. )?(\w+)/.exec(line) ?? [];
    const isInjected = line.includes('(INJECTED)');
    const begun = last.get(thread);
    if (resumed !== undefined && begun && isInjected) begun.isInjected = true;
    if (name === '' || resumed !== undefined) continue;
    const path = /\(\d+<([^>]*)>/.exec(line)?.[1] ?? '';
    const number = count(`${thread} ${name}`);
    const call = {name, number, numberOnPath: count(`${thread} ${name} ${path}`), path, line, isInjected};
    last.set(thread, call);
    calls.push(call);
  }
  return calls;
}

/** Runs cosmos with one fault, to its end. */
export function cosmosFaultedAt(args: readonly string[], cwd: string, fault: Fault): Promise<Faulted> {
  const {syscall, when, error, isLeftOut, path} = fault;
  const only = path === undefined ? [] : ['-P', path];
  const failure = error === undefined ? 'signal=SIGKILL' : `error=${error}`;
  const what = isLeftOut === true ? 'retval=0' : failure;
  return strace(
    [...only, '-e', `trace=${syscall}`, '-e', `inject=${syscall}:${what}:when=${when}`],
    args,
    cwd,
  );
}

/** Every call of these that a run of cosmos makes, in order. */
export async function traceCalls(
  args: readonly string[],
  cwd: string,
  syscalls: readonly string[],
): Promise<Call[]> {
  const {calls} = await strace(['-s', '300', '-e', `trace=${syscalls.join(',')}`], args, cwd);
  return calls;
}

/** Not every start of Node is the same: the numbers of a call in which it may be in another run, the likeliest first. */
export function numbersNear(number: number): number[] {
  return [number, number + 1, number - 1, number + 2, number - 2].filter((near) => near > 0);
}

/**
 * At which calls cosmos is at work on files below the folder: the rest (pipes, wake-ups of threads, the start of Node) is not
 * about them. By number of the call in its thread; as that differs a little from one run to the next, with those around it.
 */
export async function listCalls(
  args: readonly string[],
  cwd: string,
  syscalls: readonly string[],
): Promise<Map<string, number[]>> {
  const numbers = new Map<string, Set<number>>(syscalls.map((name) => [name, new Set()]));
  for (const {name, number, line} of await traceCalls(args, cwd, syscalls))
    if (line.includes(cwd)) for (const near of numbersNear(number)) numbers.get(name)?.add(near);
  return new Map(Array.from(numbers, ([name, found]) => [name, [...found].sort((a, b) => a - b)]));
}
