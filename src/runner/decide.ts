/** The decision of a reconcile: a pure function from what is recorded and what was observed to the next action. */
import type {RunDocument} from '../manifest/types.gen.ts';
import type {Part, TakenPart} from './sharing/part.ts';
import type {Waiting} from './waiting.ts';

/** What can be seen on the target. */
export interface Observation {
  /** attempts/<n> is there: a supervisor (or a canceller) has claimed the attempt. */
  isClaimed: boolean;
  /** The attempt has ended, and why. */
  exit: {reason: string} | undefined;
  supervisor: 'alive' | 'dead' | 'unknown';
  /** For how long nothing was heard of the job, milliseconds; absent while nobody knows. */
  silentMs?: number;
  isCancelDelivered: boolean;
  /** The job is started, or it is ruled out that it ever will be: the supervisor waits no more. */
  isStarted: boolean;
  /** What keeps the run from starting, as far as it was said. */
  waiting: Waiting | undefined;
  /** What the shared load of a queued run has made for it, once that has ended. */
  part?: Part | undefined;
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
  /** It ends as its part of a shared load did. */
  | {do: 'take'; part: TakenPart}
  | {do: 'wait'}
  | {do: 'nothing'};

export function decide(run: RunDocument, seen: Observation): Action {
  const isCancelled = run.cancelRequested !== null;
  switch (run.status) {
    case 'queued':
      return decideQueued(isCancelled, seen);
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

/** A result that is there is taken, whatever was wished since. */
function decideQueued(isCancelled: boolean, {waiting, part}: Observation): Action {
  if (isCancelled && part?.to !== 'completed') return {do: 'cancel'};
  if (waiting) return {do: 'wait'};
  if (part && part.to !== 'alone') return {do: 'take', part};
  return {do: 'advance', to: 'preparing', reason: part?.reason ?? 'picked up'};
}

function decideSubmitted(isCancelled: boolean, seen: Observation): Action {
  if (seen.exit) return {do: 'advance', to: 'collecting', reason: 'the job has ended'};
  if (seen.isClaimed && !seen.isStarted) return decideClaimed(isCancelled, seen);
  if (seen.isClaimed) return {do: 'advance', to: 'running', reason: 'the job has started'};
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
