/** What brings blobs back for `repair` and `verify --repair`. Loaded when it is wanted: all that asks targets comes with it. */
import {workingFolder} from '../platform/working-folder.ts';
import {repairBlobs} from '../workspace/repair/repair.ts';
import {listReplicas} from '../workspace/repair/replicas.ts';
import {Targets} from '../workspace/targets.ts';
import type {Repairer} from '../workspace/verify/repair-damage.ts';
import type {Workspace} from '../workspace/workspace.ts';
import {targetOptions} from './target-options.ts';

/** @throws CosmosError file.unreadable for a folder that was named */
export async function makeRepairer(
  workspace: Workspace,
  {from = [], offline}: {from: string[] | undefined; offline: boolean},
): Promise<Repairer> {
  const targets = offline ? undefined : new Targets(workspace, targetOptions());
  const replicas = await listReplicas(workspace, {from, folder: workingFolder(), targets});
  return (digests) => repairBlobs(workspace, digests, {replicas});
}
