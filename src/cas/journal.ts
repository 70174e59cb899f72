/**
 * The append-only record of what was done to the store: one JSON line for each operation, synced before the act, one
 * file for each month. It explains losses; nothing is rebuilt from it. A line that a crash tore is skipped by readers
 * and closed by the next writer.
 */
import type {FileHandle} from 'node:fs/promises';
import {open, readFile, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {isErrno} from '../errors.ts';
import {isoTime, type Now} from '../platform/clock.ts';
import {explainWriteError, syncFolder} from '../platform/publish.ts';

export interface JournalEntry {
  /** ISO time. */
  at: string;
  /** What was done: `put`, `condemn`, `restore`, `expire`, `quarantine`, `delete`, `verify`, `transition`, … */
  action: string;
  /** Which command or part did it. */
  actor: string;
  [fact: string]: unknown;
}

export class Journal {
  readonly #folder: string;
  readonly #now: Now;
  readonly #actor: string;

  constructor(folder: string, actor: string, now: Now) {
    this.#folder = folder;
    this.#actor = actor;
    this.#now = now;
  }

  /** Returns when the line is on disk. */
  async append(action: string, facts: Record<string, unknown>): Promise<void> {
    const at = isoTime(this.#now());
    const line = `${JSON.stringify({at, action, actor: this.#actor, ...facts})}\n`;
    const path = join(this.#folder, `${at.slice(0, 7)}.ndjson`);
    try {
      const handle = await open(path, 'a+');
      try {
        const {size} = await handle.stat();
        const torn = size > 0 && (await isTorn(handle, size));
        await appendOnce(handle, Buffer.from(torn ? `\n${line}` : line, 'utf8'));
        await handle.datasync();
        if (size === 0) await syncFolder(this.#folder);
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw explainWriteError(error, path);
    }
  }

  /** Every readable entry, oldest first. */
  async *entries(): AsyncGenerator<JournalEntry, void, void> {
    for (const name of await journalFiles(this.#folder)) {
      const text = await readFile(join(this.#folder, name), 'utf8');
      for (const line of text.split('\n')) {
        const entry = parseEntry(line);
        if (entry) yield entry;
      }
    }
  }
}

/** One write call, so that lines of several processes never mix; appendFile would cut long ones into pieces. */
async function appendOnce(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += (await handle.write(bytes, done)).bytesWritten;
}

async function isTorn(handle: FileHandle, size: number): Promise<boolean> {
  const last = Buffer.alloc(1);
  await handle.read(last, 0, 1, size - 1);
  return last[0] !== 0x0a;
}

async function journalFiles(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.ndjson')).sort();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function parseEntry(line: string): JournalEntry | undefined {
  if (line === '') return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is JournalEntry {
  return (
    typeof value === 'object' && value !== null && 'at' in value && 'action' in value && 'actor' in value
  );
}
