/** From what came home to how the run ended: intent and evidence together decide the label. */
import type {RunDocument} from '../manifest/types.gen.ts';
import {attemptOf} from './attempt.ts';
import type {Collected} from './collect.ts';
import type {Failure, Model} from './model.ts';

export interface Outcome {
  to: 'completed' | 'failed' | 'cancelled' | 'preparing';
  reason: string;
  failure: Failure | null;
}

/** A job that never started may be tried this often; more would hide a machine that cannot start anything. */
const MAX_ATTEMPTS = 3;

/** The machine's fault, not the request's, and likely to go better next time. They cost GPU time, so a person allows them. */
const INFRASTRUCTURE = ['job.lost', 'job.inputs', 'container.not-started', 'dist.port', 'dist.timeout'];

export async function judge(run: RunDocument, collected: Collected, model: Model): Promise<Outcome> {
  const {exit, logTail, files} = collected;
  const problems = run.plan ? await model.checkOutputs(files, run.plan) : [];
  const failure = model.classify({exit, logTail, problems});
  if (!failure)
    return {to: 'completed', reason: `exit code 0 and every expected output verified`, failure: null};
  const wasStopped = exit.reason === 'cancel' || (run.cancelRequested !== null && exit.reason === 'lost');
  if (wasStopped)
    return {to: 'cancelled', reason: run.cancelRequested?.reason ?? 'stopped on request', failure: null};
  const neverStarted = !exit.isStarted && exit.reason === 'lost' && attemptOf(run) < MAX_ATTEMPTS;
  const mayRetry = INFRASTRUCTURE.includes(failure.class) && attemptOf(run) <= (run.plan?.retries ?? 0);
  if (run.cancelRequested === null && (neverStarted || mayRetry)) {
    return {to: 'preparing', reason: failure.message, failure: null};
  }
  return {to: 'failed', reason: failure.message, failure};
}
