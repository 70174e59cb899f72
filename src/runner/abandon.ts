/**
 * Giving a run up: the owner's word that the machine is gone, which no observation can replace. Nothing is contacted. The
 * run ends as failed with the class `target.gone`; a run that has ended stays as it is.
 */
import type {RunDocument} from '../manifest/types.gen.ts';
import {isoTime} from '../platform/clock.ts';
import type {RunnerContext} from './context.ts';
import type {Failure} from './model.ts';
import {advance, isTerminal, TRANSITIONS} from './transitions.ts';

/** @throws CosmosError lease.held while another process drives the run */
export async function abandon(context: RunnerContext, id: string, reason?: string): Promise<RunDocument> {
  const lease = await context.leases.acquire(`giving up ${id}`, id);
  try {
    await context.journal.append('abandon', {run: id, ...(reason !== undefined && {reason})});
    return await context.documents.replace(
      'runs',
      id,
      (run) => (isTerminal(run.status) ? run : giveUp(run, context, reason)),
      {lease},
    );
  } finally {
    await lease.release();
  }
}

/** A run that was given up, and nothing of its job has come home since. */
export function isGivenUp({failure, execution}: RunDocument): boolean {
  return failure?.class === 'target.gone' && execution.lateAt === undefined;
}

function giveUp(run: RunDocument, context: RunnerContext, reason?: string): RunDocument {
  const step = {at: isoTime(context.now()), by: context.actor};
  const why = reason ?? `${run.execution.target} is gone`;
  const canFail = TRANSITIONS[run.status].includes('failed');
  const onTheWay = canFail ? run : advance(run, {...step, to: 'collecting', reason: why});
  return advance(onTheWay, {...step, to: 'failed', reason: why}, {failure: failureOf(run, reason)});
}

function failureOf({execution}: RunDocument, reason?: string): Failure {
  return {
    class: 'target.gone',
    message: `The run was given up: the target ${execution.target} is gone.`,
    evidence: reason === undefined ? [] : [reason],
    isRetryable: true,
    advice: 'Run it again on another target.',
  };
}
