/** Every replica that there is, the nearest first. */
import {resolve} from 'node:path';
import type {Targets} from '../targets.ts';
import type {Workspace} from '../workspace.ts';
import {folderReplica} from './folder-replica.ts';
import type {Replica} from './replica.ts';
import {quarantineReplica, trashReplica} from './store-replica.ts';
import {targetReplica} from './target-replica.ts';
import {viewReplica} from './view-replica.ts';

export interface ReplicaOptions {
  /** Folders that a person has named; relative ones start at `folder`. */
  from: readonly string[];
  folder: string;
  /** Undefined: no target is asked. */
  targets: Targets | undefined;
}

/** @throws CosmosError file.unreadable */
export async function listReplicas(
  {outputs, documents, store}: Workspace,
  {from, folder, targets}: ReplicaOptions,
): Promise<Replica[]> {
  const folders = await Promise.all(from.map((path) => folderReplica(resolve(folder, path))));
  return [
    trashReplica(store.context),
    viewReplica(outputs),
    ...folders,
    ...(targets
      ? [
          targetReplica({
            readRun: (id) => documents.read('runs', id),
            targetOf: (run) => targets.of(run),
          }),
        ]
      : []),
    quarantineReplica(store.context),
  ];
}
