/** Whether everything that a target has made is at home: each output of its runs is in the store, with its size. */
import {mapLimit} from '../platform/concurrency.ts';
import {shortId} from '../manifest/names.ts';
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
 * Whether a job's folder may go with its machine: a run of this workspace that has ended, with everything that could be
 * brought home. A client that died in its last moment leaves such a folder.
 */
export async function isJobHome({index, documents}: Workspace, job: string): Promise<boolean> {
  if (!index.has('runs', job)) return false;
  const {status, failure, execution} = await documents.read('runs', job);
  const isGivenUp = failure?.class === 'target.gone';
  return isTerminal(status) && !isGivenUp && (execution.refused ?? []).length === 0;
}
