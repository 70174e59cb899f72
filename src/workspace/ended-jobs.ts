/** Job folders of the local target whose run has ended: left when a client died before it had cleared them. */
import {readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {isErrno} from '../errors.ts';
import {hasLeftFiles} from '../runner/attempt.ts';
import {isTerminal} from '../runner/transitions.ts';
import type {Workspace} from './workspace.ts';

/** A folder that still holds files which are not at home stays. @returns how many went, or would go */
export async function clearEndedJobs(
  {documents, index, localTarget}: Workspace,
  isDryRun: boolean,
): Promise<number> {
  let count = 0;
  for (const id of await listJobs(localTarget)) {
    if (!index.has('runs', id)) continue;
    const run = await documents.read('runs', id);
    if (!isTerminal(run.status) || hasLeftFiles(run)) continue;
    if (!isDryRun) await rm(join(localTarget, 'jobs', id), {recursive: true, force: true, maxRetries: 3});
    count += 1;
  }
  return count;
}

async function listJobs(root: string): Promise<string[]> {
  try {
    return await readdir(join(root, 'jobs'));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
