/** Makes a whole folder durable before it gets its name: every file, then the names in every folder. */
import {open, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {isErrno} from '../errors.ts';
import {mapLimit} from './concurrency.ts';
import {explainWriteError, syncFolder} from './publish.ts';

/** As many as Node works on at once. */
const SYNCED_AT_ONCE = 4;

export async function syncTree(folder: string): Promise<void> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true});
  const pathsOf = (isWanted: (entry: (typeof entries)[number]) => boolean): string[] =>
    entries.filter(isWanted).map((entry) => join(entry.parentPath, entry.name));
  const files = pathsOf((entry) => entry.isFile());
  await mapLimit(files, SYNCED_AT_ONCE, syncFile);
  await mapLimit([...pathsOf((entry) => entry.isDirectory()), folder], SYNCED_AT_ONCE, syncFolder);
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Windows syncs only what is open for writing, which a file of mode 0444 is not to be.
    if (process.platform === 'win32' && isErrno(error, 'EPERM', 'EACCES', 'EBADF')) return;
    throw explainWriteError(error, path);
  } finally {
    await handle.close();
  }
}
