/** Which runs a sheet shows: those that are named, else those that a filter chooses. */
import {CosmosError} from '../../errors.ts';
import type {RunDocument} from '../../manifest/types.gen.ts';
import {findRuns, type RunFilter} from '../find-runs.ts';
import type {Workspace} from '../workspace.ts';

export interface SheetChoice {
  /** Ids, or beginnings of ids; shown in this order. */
  ids: readonly string[];
  /** Without ids. */
  filter: RunFilter;
  /** Of what the filter finds; the newest count. */
  limit: number;
}

/** @throws CosmosError id.unknown, id.ambiguous, usage.invalid when nothing matches */
export async function chooseRuns(
  workspace: Workspace,
  {ids, filter, limit}: SheetChoice,
): Promise<{runs: RunDocument[]; total: number}> {
  const {documents, index} = workspace;
  const found =
    ids.length > 0
      ? ids.map((id) => index.resolve('runs', id))
      : findRuns(workspace, filter).map(({id}) => id);
  const all = Array.from(new Set(found));
  if (all.length === 0) throw noRun();
  const chosen = ids.length > 0 ? all : all.slice(0, limit);
  const runs: RunDocument[] = [];
  for (const id of chosen) runs.push(await documents.read('runs', id));
  return {runs, total: all.length};
}

function noRun(): CosmosError {
  return new CosmosError('usage.invalid', 'No run matches, so there is nothing to show.', {
    hint: 'Nothing was written. "cosmos list" takes the same filters and shows what there is; runs of kind enhance need --kind enhance.',
  });
}
