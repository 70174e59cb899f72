/** Deleting what a person names: a run by id or alias, else a ref by its name. */
import {CosmosError} from '../errors.ts';
import {deleteRun, type DeletedRun} from './delete-run.ts';
import {deleteDocument} from './garbage.ts';
import type {Workspace} from './workspace.ts';

export interface Deleted extends DeletedRun {
  kind: 'runs' | 'refs';
  id: string;
}

/** @throws CosmosError id.unknown, id.ambiguous, usage.invalid, lease.held */
export async function deleteNamed(workspace: Workspace, text: string): Promise<Deleted> {
  const run = findRun(workspace, text);
  if (run !== undefined) return {kind: 'runs', id: run, ...(await deleteRun(workspace, run))};
  if (!workspace.index.has('refs', text)) throw nothingNamed(text);
  return {kind: 'refs', id: text, batch: await deleteDocument(workspace, 'refs', text), leftView: null};
}

function findRun({index}: Workspace, text: string): string | undefined {
  try {
    return index.resolve('runs', text);
  } catch (error) {
    if (error instanceof CosmosError && error.code === 'id.unknown') return undefined;
    throw error;
  }
}

function nothingNamed(text: string): CosmosError {
  return new CosmosError('id.unknown', `There is no run and no ref "${text}" in this workspace.`, {
    hint: 'List the runs with "cosmos list --all"; refs are the files in manifests/refs. A pin is let go of with "cosmos unpin".',
    facts: {id: text},
  });
}
