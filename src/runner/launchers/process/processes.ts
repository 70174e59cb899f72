/**
 * Ending processes, and proof that they ended. A job runs in its wrapper's process group and session (POSIX); the
 * group's number is the wrapper's pid, and stays taken while any member lives. A process that made its own session
 * escapes from the group: on Linux it is still found by the mark in its environment, elsewhere it is not.
 * Windows has neither groups nor polite signals: a request to stop ends the wrapper's process tree at once, and what
 * outlives its parent is not found.
 */
import {execFile} from 'node:child_process';
import {readFileSync, readdirSync} from 'node:fs';
import {promisify} from 'node:util';
import {isErrno} from '../../../errors.ts';
import {sleep} from '../../../platform/clock.ts';
import type {ProcessIdentity} from '../../../platform/process-identity.ts';
import {identifyProcess, identifySelf, isProvenDead} from '../../../platform/process-identity.ts';
import {MARK} from './environment.ts';

const run = promisify(execFile);
const IS_WINDOWS = process.platform === 'win32';
/** Killed processes leave within milliseconds, unless the kernel holds them (a hung driver or network disk). */
const RECHECK_MS = 50;
const SUBPROCESS_MS = 10_000;

/** Signals every process of the group of a wrapper that is known to run. On Windows: ends its tree. */
export async function signalGroup(wrapperPid: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (IS_WINDOWS) {
    await endTree(wrapperPid);
    return;
  }
  sendSignal(-wrapperPid, signal);
}

/**
 * Kills whatever is left of a job and returns when nothing is. Waits as long as it takes: until then nobody may say
 * that the job has ended.
 * @param outputs the job's COSMOS_OUTPUTS
 */
export async function clearJob(wrapper: ProcessIdentity, outputs: string): Promise<void> {
  if (IS_WINDOWS) {
    if (!isProvenDead(wrapper)) await endTree(wrapper.pid);
    return;
  }
  if (isOfAnotherBoot(wrapper)) return;
  while (killLeftovers(wrapper, outputs)) await sleep(RECHECK_MS);
}

/**
 * True with proof that the process has ended. Where the system tells no start times, a pid whose command line lacks
 * `marker` (the job's folder) was given to somebody else: that is proof, too.
 */
export async function isSurelyGone(identity: ProcessIdentity, marker: string): Promise<boolean> {
  if (isProvenDead(identity)) return true;
  if (identity.start !== null || identity.host !== identifySelf().host) return false;
  const line = await readCommandLine(identity.pid);
  return line !== undefined && !line.includes(marker);
}

/** @returns true when there was something to kill, so that one has to look again. */
function killLeftovers(wrapper: ProcessIdentity, outputs: string): boolean {
  const isGroupOurs = isStillNumberOf(wrapper);
  if (process.platform !== 'linux') return isGroupOurs && sendSignal(-wrapper.pid, 'SIGKILL');
  const group = isGroupOurs ? wrapper.pid : undefined;
  const left = findLeftovers(group, outputs);
  if (left.length > 0 && group !== undefined) sendSignal(-group, 'SIGKILL');
  for (const pid of left) sendSignal(pid, 'SIGKILL');
  return left.length > 0;
}

/** False when the wrapper's pid names another process: then the group was empty, and its number means somebody else. */
function isStillNumberOf(wrapper: ProcessIdentity): boolean {
  const present = identifyProcess(wrapper.pid);
  return present === undefined || wrapper.start === null || present.start === wrapper.start;
}

function isOfAnotherBoot(wrapper: ProcessIdentity): boolean {
  const {boot} = identifySelf();
  return boot !== null && wrapper.boot !== null && boot !== wrapper.boot;
}

/** Linux: living processes of the group or session, and those that carry the job's mark. Zombies run nothing. */
function findLeftovers(group: number | undefined, outputs: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => pid !== process.pid && isLeftover(pid, group, outputs));
}

function isLeftover(pid: number, group: number | undefined, outputs: string): boolean {
  const stat = readProc(pid, 'stat');
  const [state = 'X', , pgrp, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X' || state === '') return false;
  if (group !== undefined && (Number(pgrp) === group || Number(session) === group)) return true;
  return readProc(pid, 'environ').split('\0').includes(`${MARK}=${outputs}`);
}

/** Empty for a process that has ended or belongs to somebody else. */
function readProc(pid: number, file: 'stat' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** @returns false when there is no such process or group. */
function sendSignal(pid: number, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    return !isErrno(error, 'ESRCH');
  }
}

async function endTree(pid: number): Promise<void> {
  const options = {timeout: SUBPROCESS_MS, windowsHide: true};
  await run('taskkill', ['/PID', String(pid), '/T', '/F'], options).catch(() => sendSignal(pid, 'SIGKILL'));
}

/** Undefined when the system does not say. */
async function readCommandLine(pid: number): Promise<string | undefined> {
  const query = `(Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}').CommandLine`;
  const [program, ...options] = IS_WINDOWS
    ? (['powershell', '-NoProfile', '-Command', query] as const)
    : (['ps', '-ww', '-o', 'command=', '-p', String(pid)] as const);
  try {
    const {stdout} = await run(program, options, {timeout: SUBPROCESS_MS, windowsHide: true});
    return stdout.trim() === '' ? undefined : stdout;
  } catch {
    return undefined;
  }
}
