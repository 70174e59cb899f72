/** Cancelling is an intent: recorded in the manifest first, delivered by whoever reconciles next. */
import type {RunDocument} from '../manifest/types.gen.ts';
import {isoTime} from '../platform/clock.ts';
import {isGivenUp} from './abandon.ts';
import {pathsOf} from './attempt.ts';
import type {RunnerContext} from './context.ts';
import type {Target} from './target.ts';
import {isTerminal} from './transitions.ts';

/**
 * Records the wish, also for the run that was to follow, if that was made in this moment. A run that was cancelled before stays
 * as it is, and so does one that has ended: unless it was given up, as its job may run on.
 */
export async function requestCancel(
  context: RunnerContext,
  id: string,
  reason?: string,
): Promise<RunDocument> {
  await context.journal.append('cancel', {run: id, ...(reason !== undefined && {reason})});
  const asked = await context.documents.replace('runs', id, (run) => {
    if ((isTerminal(run.status) && !isGivenUp(run)) || run.cancelRequested) return run;
    const at = isoTime(context.now());
    return {...run, cancelRequested: {at, by: context.actor, ...(reason !== undefined && {reason})}};
  });
  const {next, status} = asked;
  if (next && !isTerminal(status) && context.index.has('runs', next.run))
    await requestCancel(context, next.run, reason);
  return asked;
}

/** A supervisor that has just claimed the attempt makes state/ next; the wish is delivered a round later then. */
export async function deliverCancel(run: RunDocument, target: Target): Promise<void> {
  const {transport} = target;
  const paths = pathsOf(run, target);
  if (!(await transport.isFolder(paths.state))) return;
  await transport.writeFile(paths.cancel, Buffer.from(`${run.cancelRequested?.at ?? ''}\n`));
}
