/**
 * Who is inside a catalog transaction: one small file for each such process beside the data file. LMDB itself tells
 * nobody who holds its lock. Hints for people and for opening, never a lock: one that is lost does no harm, and one that a
 * killed process left is taken away by the next who gets the lock itself.
 */
import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {
  identifySelf,
  isProcessIdentity,
  isProvenDead,
  type ProcessIdentity,
} from '../../platform/process-identity.ts';

export interface Holder extends ProcessIdentity {
  purpose: string;
  /** Counts this process's transactions, so that two looks can tell one long transaction from many short ones. */
  turn: number;
}

let turn = 0;
/** The last of this process in each folder. */
const turns = new Map<string, number>();

/** Call inside a transaction. On a full disk nobody is told, and nothing fails. @returns what to forget it by */
export function noteHolder(folder: string, purpose: string): number {
  turn += 1;
  turns.set(folder, turn);
  const holder: Holder = {...identifySelf(), purpose, turn};
  try {
    writeFileSync(ownFile(folder), JSON.stringify(holder));
  } catch {
    // A hint that cannot be left.
  }
  return turn;
}

/** Call after the transaction. The next one of this process may have begun by then: its note stays. */
export function forgetHolder(folder: string, noted: number): void {
  if (turns.get(folder) === noted) remove(ownFile(folder));
}

/** Takes away what another process left: the lock was free. */
export function dropHolder(folder: string, {pid, start}: Holder): void {
  remove(join(folder, nameOf({pid, start})));
}

/** Another process that is inside a transaction now, as far as is known. */
export function findHolder(folder: string): Holder | undefined {
  const own = ownName();
  const names = readNames(folder).filter((name) => /^holder-.*\.json$/.test(name) && name !== own);
  return names
    .map((name) => readHolder(join(folder, name)))
    .find((holder) => holder && !isProvenDead(holder));
}

function remove(path: string): void {
  try {
    rmSync(path, {force: true});
  } catch {
    // A hint that stays says a little too much.
  }
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isProcessIdentity(value) && 'purpose' in value && 'turn' in value ? (value as Holder) : undefined;
  } catch {
    return undefined;
  }
}

function ownName(): string {
  return nameOf(identifySelf());
}

function nameOf({pid, start}: Pick<Holder, 'pid' | 'start'>): string {
  return `holder-${pid}-${start ?? 'unknown'}.json`;
}

function ownFile(folder: string): string {
  return join(folder, ownName());
}
