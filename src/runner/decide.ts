/** The decision of a reconcile: a pure function from what is recorded and what was observed to the next action. */
import type {RunDocument} from '../manifest/types.gen.ts';
import type {ExitRecord} from './job.ts';

/** What can be seen on the target. */
export interface Observation {
  /** attempts/<n> is there: a supervisor (or a canceller) has claimed the attempt. */
  isClaimed: boolean;
  exit: ExitRecord | undefined;
  supervisor: 'alive' | 'dead' | 'unknown';
  isCancelDelivered: boolean;
  /** The supervisor waits for a GPU: it has the attempt, and has not started the job. */
  isWaiting: boolean;
}

export type Action =
  /** Record the next state; its work follows in the next round. */
  | {do: 'advance'; to: 'preparing' | 'uploading' | 'submitted' | 'running' | 'collecting'; reason: string}
  | {do: 'prepare'}
  | {do: 'upload'}
  | {do: 'start'}
  /** Take the attempt's lock so that it can never start, then end as cancelled. */
  | {do: 'forestall'}
  | {do: 'adopt'}
  | {do: 'deliver cancel'}
  | {do: 'collect'}
  /** Nothing was started and nothing is to be collected. */
  | {do: 'cancel'}
  | {do: 'wait'}
  | {do: 'nothing'};

export function decide(run: RunDocument, seen: Observation): Action {
  const isCancelled = run.cancelRequested !== null;
  switch (run.status) {
    case 'queued':
      return isCancelled ? {do: 'cancel'} : {do: 'advance', to: 'preparing', reason: 'picked up'};
    case 'preparing':
      return isCancelled ? {do: 'cancel'} : {do: 'prepare'};
    case 'uploading':
      return isCancelled ? {do: 'cancel'} : {do: 'upload'};
    case 'submitted':
      return decideSubmitted(isCancelled, seen);
    case 'running':
      return decideRunning(isCancelled, seen);
    case 'collecting':
      return {do: 'collect'};
    case 'completed':
    case 'failed':
    case 'cancelled':
      return {do: 'nothing'};
  }
}

function decideSubmitted(isCancelled: boolean, seen: Observation): Action {
  if (seen.exit) return {do: 'advance', to: 'collecting', reason: 'the job has ended'};
  if (seen.isClaimed && seen.isWaiting) return decideClaimed(isCancelled, seen);
  if (seen.isClaimed) return {do: 'advance', to: 'running', reason: 'a supervisor has the job'};
  return isCancelled ? {do: 'forestall'} : {do: 'start'};
}

function decideRunning(isCancelled: boolean, seen: Observation): Action {
  if (seen.exit) return {do: 'advance', to: 'collecting', reason: `the job has ended (${seen.exit.reason})`};
  return decideClaimed(isCancelled, seen);
}

function decideClaimed(isCancelled: boolean, seen: Observation): Action {
  if (isCancelled && !seen.isCancelDelivered) return {do: 'deliver cancel'};
  if (seen.supervisor === 'dead') return {do: 'adopt'};
  return {do: 'wait'};
}
