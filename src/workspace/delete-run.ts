/** Deleting a run: only one that has ended and that nobody has pinned. Document first, then the view; blobs are gc's. */
import {rm} from 'node:fs/promises';
import {CosmosError} from '../errors.ts';
import {isTerminal} from '../runner/transitions.ts';
import {viewFolder} from '../runner/view.ts';
import {deleteDocument} from './garbage.ts';
import {listPins} from './pins.ts';
import type {Workspace} from './workspace.ts';

/** @returns the batch of the trash that holds it @throws CosmosError usage.invalid */
export async function deleteRun(workspace: Workspace, id: string): Promise<string> {
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
  await rm(viewFolder(workspace.outputs, id), {recursive: true, force: true});
  return batch;
}
