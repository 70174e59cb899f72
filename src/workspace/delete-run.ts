/** Deleting a run: only one that has ended and that nobody has pinned. Document first, then the view; blobs are gc's. */
import {join} from 'node:path';
import {CosmosError} from '../errors.ts';
import {isTerminal} from '../runner/transitions.ts';
import {viewFolder} from '../runner/view.ts';
import {deleteDocument} from './garbage.ts';
import {listPins} from './pins.ts';
import {trashView} from './trashed-views.ts';
import type {Workspace} from './workspace.ts';

export interface DeletedRun {
  /** The batch of the trash that holds document and view. */
  batch: string;
  /** A view that could not be moved there and was left where it is. */
  leftView: string | null;
}

/** @throws CosmosError usage.invalid */
export async function deleteRun(workspace: Workspace, id: string): Promise<DeletedRun> {
  const run = await workspace.documents.read('runs', id);
  if (!isTerminal(run.status)) {
    throw new CosmosError('usage.invalid', `Run ${id} has not ended: it is ${run.status}.`, {
      hint: 'Nothing was deleted. Wait for it, or stop it with "cosmos cancel".',
    });
  }
  const pin = (await listPins(workspace)).find((candidate) => candidate.run === id);
  if (pin) {
    throw new CosmosError('usage.invalid', `Run ${id} is pinned as "${pin.name}" by ${pin.owner}.`, {
      hint: `Nothing was deleted. Let go of it first: cosmos unpin ${pin.name}`,
    });
  }
  const batch = await deleteDocument(workspace, 'runs', id);
  const view = viewFolder(workspace.outputs, id);
  const isMoved = await trashView(view, {folder: join(workspace.store.context.paths.trash, batch)});
  return {batch, leftView: isMoved ? null : view};
}
