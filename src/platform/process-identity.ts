/**
 * Who a process is, so that a record of it can be judged later, perhaps after a reboot or in another container.
 * A bare pid proves nothing: pids are reused, and mean something only in the namespace and boot that gave them.
 * Promises: "proven" is said on proof alone, doubt is never proof; synchronous, a few small reads of /proc at most.
 */
import {readFileSync, readlinkSync} from 'node:fs';
import {hostname} from 'node:os';
import {isErrno} from '../errors.ts';

export interface ProcessIdentity {
  /** The machine id on Linux where it is readable, else the host name. */
  host: string;
  /** Boot id on Linux, else null. */
  boot: string | null;
  /** Pid namespace on Linux (`pid:[4026531836]`), else null. */
  namespace: string | null;
  pid: number;
  /** Start time on Linux in clock ticks since boot (field 22 of /proc/PID/stat), else null. */
  start: string | null;
}

type Surroundings = Omit<ProcessIdentity, 'pid' | 'start'>;
/** What the system says about a pid now; `start` is null where it does not tell. */
type Sight = {isPresent: false} | {isPresent: true; start: string | null};

const ABSENT: Sight = {isPresent: false};

let surroundings: Surroundings | undefined;
let self: ProcessIdentity | undefined;

/** The identity of this process; read once. */
export function identifySelf(): ProcessIdentity {
  self ??= {...findSurroundings(), pid: process.pid, start: startOf(process.pid)};
  return self;
}

/**
 * The identity of a process of this host and namespace.
 * @returns undefined when there is no such process. A zombie is none: it runs nothing and only waits for its parent.
 */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const sight = lookAt(pid);
  return sight.isPresent ? {...findSurroundings(), pid, start: sight.start} : undefined;
}

/**
 * True only with proof that the process has ended: same host, and either another boot, or the same pid namespace with
 * that pid absent, a zombie, or of another start time.
 */
export function isProvenDead(identity: ProcessIdentity, observer = identifySelf()): boolean {
  if (identity.host !== observer.host) return false;
  if (identity.boot !== null && observer.boot !== null && identity.boot !== observer.boot) return true;
  if (identity.namespace !== observer.namespace) return false;
  const sight = lookAt(identity.pid);
  if (!sight.isPresent) return true;
  return identity.start !== null && sight.start !== null && identity.start !== sight.start;
}

/** True only with proof that this very process runs; never where the system does not tell start times. */
export function isProvenAlive(identity: ProcessIdentity, observer = identifySelf()): boolean {
  if (identity.host !== observer.host || identity.boot !== observer.boot) return false;
  if (identity.namespace !== observer.namespace || identity.start === null) return false;
  const sight = lookAt(identity.pid);
  return sight.isPresent && sight.start === identity.start;
}

/** For readers of records: true for an object of the shape of ProcessIdentity. */
export function isProcessIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const {host, boot, namespace, pid, start} = value as Record<string, unknown>;
  const isTextOrNull = (member: unknown): boolean => member === null || typeof member === 'string';
  if (typeof host !== 'string' || !Number.isSafeInteger(pid) || Number(pid) < 1) return false;
  return [boot, namespace, start].every(isTextOrNull);
}

function findSurroundings(): Surroundings {
  surroundings ??= {
    host: readLine('/etc/machine-id') ?? hostname(),
    boot: readLine('/proc/sys/kernel/random/boot_id'),
    namespace: readNamespace(),
  };
  return surroundings;
}

/** The signal 0 decides about presence: with hidepid, /proc shows nothing of other people's processes. */
function lookAt(pid: number): Sight {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return ABSENT;
  }
  const stat = readStat(pid);
  if (stat === undefined) return {isPresent: true, start: null};
  return isEnded(stat.state) ? ABSENT : {isPresent: true, start: stat.start};
}

function startOf(pid: number): string | null {
  return readStat(pid)?.start ?? null;
}

/** Z: zombie; X: dead, about to vanish. */
function isEnded(state: string): boolean {
  return state === 'Z' || state === 'X';
}

/** proc_pid_stat(5): the name in parentheses may hold spaces and parentheses, so fields count from the last one. */
function readStat(pid: number): {state: string; start: string} | undefined {
  if (process.platform !== 'linux') return undefined;
  const text = readText(`/proc/${pid}/stat`);
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const state = fields?.[0];
  const start = fields?.[19];
  return state === undefined || start === undefined ? undefined : {state, start};
}

function readNamespace(): string | null {
  if (process.platform !== 'linux') return null;
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

function readLine(path: string): string | null {
  const line = process.platform === 'linux' ? readText(path)?.trim() : undefined;
  return line === undefined || line === '' ? null : line;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** For messages: enough to find the process, nothing more. */
export function describeProcess(identity: ProcessIdentity, observer = identifySelf()): string {
  return identity.host === observer.host
    ? `process ${identity.pid}`
    : `process ${identity.pid} on another computer (${identity.host})`;
}
