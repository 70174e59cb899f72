/**
 * `cosmos run --after`: pure order, however the others end. A supervisor waits for jobs of its own root by itself. For
 * everything else the run stays queued until the documents say that the others have ended, which takes a cosmos that
 * looks.
 */
import type {RunDocument} from '../manifest/types.gen.ts';
import type {RunnerContext} from './context.ts';
import {isTerminal} from './transitions.ts';

/** Ids of the runs that a queued one must wait for at home. A run that was deleted has ended. */
export async function listAwaited(context: RunnerContext, run: RunDocument): Promise<string[]> {
  if (run.status !== 'queued') return [];
  const known = (run.after ?? []).filter((id) => context.index.has('runs', id));
  const others = await Promise.all(known.map((id) => context.documents.read('runs', id)));
  return others
    .filter((other) => !isTerminal(other.status) && (isLoadOf(run, other) || !canWaitThere(run, other)))
    .map(({id}) => id);
}

/** A run may get all it wants from a shared load: that is known at home, when that has ended. */
function isLoadOf({share}: RunDocument, {id}: RunDocument): boolean {
  return share?.run === id;
}

/** The other's job is on the same machine, below the same root: the supervisor sees its end. */
function canWaitThere(run: RunDocument, {status, execution}: RunDocument): boolean {
  const {box} = run.execution;
  return box !== undefined && box === execution.box && (status === 'submitted' || status === 'running');
}
