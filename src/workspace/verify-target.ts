/** Whether everything that a target has made is at home: each output of its runs is in the store, with its size. */
import {mapLimit} from '../platform/concurrency.ts';
import {shortId} from '../manifest/names.ts';
import {isGivenUp} from '../runner/abandon.ts';
import {hasLeftFiles} from '../runner/attempt.ts';
import {isTerminal} from '../runner/transitions.ts';
import type {Workspace} from './workspace.ts';

/** @returns what is wrong, one sentence each */
export async function verifyRunsOf({index, documents, store}: Workspace, target: string): Promise<string[]> {
  const ids = [...index.listRuns()].filter((run) => run.target === target).map(({id}) => id);
  const found = await mapLimit(ids, 8, async (id) => {
    const run = await documents.read('runs', id);
    const blobs = await mapLimit(run.outputs, 8, async (output) => {
      const blob = await store.find(output.digest);
      return blob?.size === output.size
        ? []
        : [`${shortId(id)}: ${output.name} is not in the store; run "cosmos verify"`];
    });
    return blobs.flat();
  });
  return found.flat();
}

/**
 * Why a job's folder must not go with its machine; undefined for that of a run of this workspace that has ended, with
 * everything at home. A client that died in its last moment leaves such a folder.
 */
export async function explainLeftJob(
  {index, documents}: Workspace,
  job: string,
): Promise<string | undefined> {
  if (!index.has('runs', job)) return `the job ${job} is of no run here: another workspace may wait for it`;
  const run = await documents.read('runs', job);
  const id = shortId(job);
  if (!isTerminal(run.status)) return `${id} has not ended (${run.status})`;
  if (isGivenUp(run)) return `${id} was given up, and its job is still there: cosmos attach ${id}`;
  if (!hasLeftFiles(run)) return undefined;
  const {altered = [], refused = []} = run.execution;
  const count = altered.length + refused.length;
  return `${id} has files there that did not come home (${count}): cosmos show ${id} names them`;
}
