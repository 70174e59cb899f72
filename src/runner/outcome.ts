/** From what came home to how the run ended: intent and evidence together decide the label. */
import type {RunDocument} from '../manifest/types.gen.ts';
import {alteredFailure, outputPath, SUMS} from './altered.ts';
import {attemptOf} from './attempt.ts';
import type {Collected} from './collect.ts';
import type {ExitRecord} from './job.ts';
import type {EndedModel, Failure, OutputProblem} from './model.ts';

export interface Outcome {
  to: 'completed' | 'failed' | 'cancelled' | 'preparing';
  reason: string;
  failure: Failure | null;
}

/** A job that never started may be tried this often; more would hide a machine that cannot start anything. */
const MAX_ATTEMPTS = 3;

/** The machine's fault, not the request's, and likely to go better next time. They cost GPU time, so a person allows them. */
const INFRASTRUCTURE = ['job.lost', 'job.inputs', 'container.not-started', 'dist.port', 'dist.timeout'];

export async function judge(run: RunDocument, collected: Collected, model: EndedModel): Promise<Outcome> {
  const {exit, logTail, altered} = collected;
  const change = altered.length > 0 ? alteredFailure(altered) : null;
  // Without a record nobody can say how the job ended, only that it has.
  if (!exit) return {to: 'failed', reason: change?.message ?? '', failure: change};
  const problems = await problemsOf(run, collected, model);
  const failure = model.classify({exit, logTail, problems}) ?? change;
  if (!failure) return {to: 'completed', reason: reasonOf(run), failure: null};
  const wasStopped = exit.reason === 'cancel' || (run.cancelRequested !== null && exit.reason === 'lost');
  if (wasStopped)
    return {to: 'cancelled', reason: run.cancelRequested?.reason ?? 'stopped on request', failure: null};
  if (mayTryAgain(run, exit, failure)) return {to: 'preparing', reason: failure.message, failure: null};
  return {to: 'failed', reason: failure.message, failure};
}

/** What a shared load made is judged by those that it was made for. */
function reasonOf({kind}: RunDocument): string {
  return kind === 'load' ? 'exit code 0' : 'exit code 0 and every expected output verified';
}

function mayTryAgain(run: RunDocument, exit: ExitRecord, failure: Failure): boolean {
  const neverStarted = !exit.isStarted && exit.reason === 'lost' && attemptOf(run) < MAX_ATTEMPTS;
  const mayRetry = INFRASTRUCTURE.includes(failure.class) && attemptOf(run) <= (run.plan?.retries ?? 0);
  return run.cancelRequested === null && (neverStarted || mayRetry);
}

/** What is wrong with the outputs as the job left them; what became of them afterwards is no fault of the job. */
async function problemsOf(
  {plan}: RunDocument,
  {files, altered}: Collected,
  model: EndedModel,
): Promise<OutputProblem[]> {
  const lost = new Set(altered.map(({path}) => path));
  if (!plan || lost.has(SUMS)) return [];
  const problems = await model.checkOutputs(files, plan);
  return problems.filter(({name}) => !lost.has(outputPath(name)));
}
