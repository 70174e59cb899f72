import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const made: string[] = [];

/** A new empty folder that is removed after the last test. */
export async function temporaryFolder(label = 'test'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `cosmos-${label}-`));
  made.push(folder);
  return folder;
}

/** Removes every folder that temporaryFolder made. */
export async function settle(): Promise<void> {
  await Promise.all(
    made.splice(0).map((folder) => rm(folder, {recursive: true, force: true, maxRetries: 3})),
  );
}
