/**
 * Being alone among processes where nothing but names can be relied on: no hard links, no file locks. The lock is a folder
 * that holds a file with the name of its holder. It is made aside and renamed into place, and no system renames a folder
 * over one that has something in it. What a dead process left is taken away by the name of that one file, so that
 * nobody can take away the lock of a successor.
 */
import {mkdir, readdir, readFile, rename, rm, rmdir, unlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {CosmosError, isErrno} from '../errors.ts';
import {sleep} from './clock.ts';
import {
  describeProcess,
  identifySelf,
  isProcessIdentity,
  isProvenDead,
  type ProcessIdentity,
} from './process-identity.ts';
import {randomHex} from './random.ts';

/** What is done under such a lock takes milliseconds; much longer means that somebody should look. */
const PATIENCE_MS = 30_000;
const POLL_MS = 10;

/**
 * Runs `work` while no other process, and nobody else in this one, holds the lock at `path`; its folder must be there.
 * @throws CosmosError lease.held after `patienceMs`
 */
export async function withFolderLock<T>(
  path: string,
  work: () => Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const name = `${randomHex(8)}.json`;
  const draft = `${path}.${name}`;
  try {
    await mkdir(draft);
    await writeFile(join(draft, name), JSON.stringify(identifySelf()));
    await take(draft, path, patienceMs);
  } catch (error) {
    await rm(draft, {recursive: true, force: true}).catch(() => undefined);
    throw error;
  }
  try {
    return await work();
  } finally {
    await removeHolder(path, name);
  }
}

async function take(draft: string, path: string, patienceMs: number): Promise<void> {
  for (let waitedMs = 0; !(await renameFree(draft, path)); waitedMs += POLL_MS) {
    const holders = await namesIn(path);
    const dead = await findDead(path, holders);
    if (dead !== undefined) await removeHolder(path, dead);
    else if (waitedMs >= patienceMs) throw lockHeld(path, await readHolder(path, holders[0]));
    else await sleep(POLL_MS);
  }
}

/** False when the place is taken. Windows refuses an empty folder too, and says that it may not. */
async function renameFree(draft: string, path: string): Promise<boolean> {
  try {
    await rename(draft, path);
    return true;
  } catch (error) {
    const isTaken = isErrno(error, 'EEXIST', 'ENOTEMPTY') || process.platform === 'win32';
    if (!isTaken || !isErrno(error)) throw error;
    await removeIfEmpty(path);
    return false;
  }
}

/** A file that is there and cannot be understood was torn by a power cut: it was whole before the lock had its name. */
async function findDead(path: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const holder = await readHolder(path, name);
    if (holder === 'torn' || (holder && isProvenDead(holder))) return name;
  }
  return undefined;
}

async function readHolder(path: string, name = ''): Promise<ProcessIdentity | 'torn' | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(path, name), 'utf8'));
    return isProcessIdentity(value) ? value : 'torn';
  } catch (error) {
    return error instanceof SyntaxError ? 'torn' : undefined;
  }
}

async function removeHolder(path: string, name: string): Promise<void> {
  await unlink(join(path, name)).catch((error: unknown) => {
    if (!isErrno(error, 'ENOENT')) throw error;
  });
  await removeIfEmpty(path);
}

/** An empty folder that stays is no lock: the next one is renamed over it. */
async function removeIfEmpty(path: string): Promise<void> {
  await rmdir(path).catch(() => undefined);
}

async function namesIn(path: string): Promise<string[]> {
  return readdir(path).catch(() => []);
}

function lockHeld(path: string, holder: ProcessIdentity | 'torn' | undefined): CosmosError {
  const who = holder === undefined || holder === 'torn' ? 'Another process' : describeProcess(holder);
  return new CosmosError('lease.held', `${who} is at work on the same file, and does not come to an end.`, {
    hint: `Wait for it or end it. If you are sure that no cosmos is at work in this workspace, remove the folder ${path}.`,
    facts: {lock: path, holder},
  });
}
