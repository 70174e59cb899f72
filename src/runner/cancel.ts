/** Cancelling is an intent: recorded in the manifest first, delivered by whoever reconciles next. */
import type {RunDocument} from '../manifest/types.gen.ts';
import {isoTime} from '../platform/clock.ts';
import type {RunnerContext} from './context.ts';
import {isTerminal} from './transitions.ts';

/** Records the wish. A run that has ended, or was cancelled before, stays as it is. */
export async function requestCancel(
  context: RunnerContext,
  id: string,
  reason?: string,
): Promise<RunDocument> {
  await context.journal.append('cancel', {run: id, ...(reason !== undefined && {reason})});
  return context.documents.replace('runs', id, (run) => {
    if (isTerminal(run.status) || run.cancelRequested) return run;
    const at = isoTime(context.now());
    return {...run, cancelRequested: {at, by: context.actor, ...(reason !== undefined && {reason})}};
  });
}
