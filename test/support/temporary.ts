import {rmSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** Of this process. On globalThis: hooks and tests are loaded apart, each with a copy of this module. */
const shared = globalThis as {temporaryFolders?: string[]};
const made = (shared.temporaryFolders ??= []);

process.once('exit', () => {
  for (const folder of made) rmSync(folder, {recursive: true, force: true, maxRetries: 3});
});

/**
 * A worker of mocha has one second to end, which is not enough to remove what hundreds of files left. What is still in use
 * stays until the process ends.
 */
export async function removeFolders(): Promise<void> {
  for (const folder of made.splice(0))
    await rm(folder, {recursive: true, force: true, maxRetries: 3}).catch(() => made.push(folder));
}

/** A new empty folder that is removed when the tests of the file have ended. */
export async function temporaryFolder(label = 'test'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `cosmos-${label}-`));
  made.push(folder);
  return folder;
}
