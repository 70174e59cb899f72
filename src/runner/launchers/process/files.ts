/**
 * Small files of the job protocol, written so that a crash leaves them whole or absent, and so that a full disk does
 * not stop the two that must be written last: their space is taken before the job starts.
 */
import {appendFileSync, existsSync, writeFileSync} from 'node:fs';
import type {FileHandle} from 'node:fs/promises';
import {open, readFile, rename, rm, stat, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {isErrno} from '../../../errors.ts';
import {exists, placeNew, publishText, stage, syncFolder} from '../../../platform/publish.ts';

/** One page of every common filesystem; a state/rc takes less than 200 bytes. */
export const RC_BYTES = 4 << 10;
/** Room for some hundred refused names; the lists in an exit record are cut to fit. */
export const EXIT_BYTES = 64 << 10;

/**
 * Creates the file whole and durable, or not at all: it gets its name when it is complete, so nobody ever reads half of it.
 * @returns false when somebody else made it first.
 * @throws CosmosError store.full
 */
export async function createExclusive(path: string, value: object): Promise<boolean> {
  const staged = await stage(dirname(path), Buffer.from(`${JSON.stringify(value)}\n`));
  let isPlaced = false;
  try {
    isPlaced = await placeNew(staged, path);
  } finally {
    if (!isPlaced) await rm(staged.path, {force: true});
  }
  if (isPlaced) await syncFolder(dirname(path));
  return isPlaced;
}

/**
 * Takes the space for a later `fillReserved` of the same path. On copy-on-write filesystems this helps, but proves nothing.
 * @throws Error ENOSPC; what space there was is then kept, and may do for a short record.
 */
export async function reserve(path: string, bytes: number): Promise<void> {
  const held = await stat(reservePath(path)).catch(() => undefined);
  if (held !== undefined && held.size >= bytes) return;
  await writeFile(reservePath(path), ' '.repeat(bytes), {flush: true});
}

/** Writes the text into the space that was reserved, padded with spaces, and renames it into place. Needs no new space. */
export async function fillReserved(path: string, text: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(reservePath(path), 'r+');
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    await publishText(path, `${text}\n`);
    return;
  }
  try {
    const {size} = await handle.stat();
    const padding = ' '.repeat(Math.max(0, size - Buffer.byteLength(text) - 1));
    await handle.writeFile(`${text}${padding}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(reservePath(path), path);
  await syncFolder(dirname(path));
}

/** @returns undefined when there is no such file. */
export async function readIfAny(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Over the old text, which must not be longer: needs no space that is not there. A failure is of no consequence. */
export function rewrite(path: string, text: string): void {
  try {
    writeFileSync(path, text, {flag: existsSync(path) ? 'r+' : 'w'});
  } catch {
    return;
  }
}

/** A line of ours in the job's own log. A full disk must not stop the supervisor from saying the rest. */
export function appendLine(path: string, line: string): void {
  try {
    appendFileSync(path, `cosmos: ${line}\n`);
  } catch {
    return;
  }
}

/** Makes a file's bytes durable where that is possible. Windows syncs only handles that may write. */
export async function syncIfAny(path: string): Promise<void> {
  if (!(await exists(path))) return;
  const handle = await open(path, process.platform === 'win32' ? 'r+' : 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function reservePath(path: string): string {
  return `${path}.tmp`;
}
