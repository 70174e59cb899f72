import {rmSync} from 'node:fs';
import {mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const made: string[] = [];

/** At exit, and not in a root hook: mocha loads hooks apart from the tests, with a list of their own. */
process.once('exit', () => {
  for (const folder of made) rmSync(folder, {recursive: true, force: true, maxRetries: 3});
});

/** A new empty folder that is removed when the tests end. */
export async function temporaryFolder(label = 'test'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `cosmos-${label}-`));
  made.push(folder);
  return folder;
}
