/**
 * The one function that moves runs on: observe, decide (a pure function), do, record. `run`, `status` and whatever comes
 * after a crash all call it, so that killing a client at any point costs nothing.
 */
import type {Lease} from '../cas/catalog/leases.ts';
import {CosmosError} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {isoTime} from '../platform/clock.ts';
import {pausePoint} from '../platform/pause.ts';
import {attemptOf, pathsOf} from './attempt.ts';
import {collect, type Collected} from './collect.ts';
import type {RunnerContext} from './context.ts';
import {decide, type Action, type Observation} from './decide.ts';
import {observe} from './observe.ts';
import {judge, type Outcome} from './outcome.ts';
import {commandOf, prepareJob, uploadJob} from './submit.ts';
import type {Target} from './target.ts';
import {advance, isTerminal, phaseTimes, type RunStatus} from './transitions.ts';

export interface Round {
  run: RunDocument;
  /** False when there is nothing to do but wait (or nothing at all). */
  hasMoved: boolean;
}

/** One round, under the run's lease. @throws CosmosError lease.lost */
export async function reconcile(context: RunnerContext, id: string, lease: Lease): Promise<Round> {
  const run = await context.documents.read('runs', id);
  if (isTerminal(run.status)) return {run, hasMoved: false};
  const target = context.targetOf(run);
  const seen = await observe(run, target);
  const action = decide(run, seen);
  pausePoint(`run.${run.status}`);
  return act({context, run, target, lease}, action, seen);
}

interface Driven {
  context: RunnerContext;
  run: RunDocument;
  target: Target;
  lease: Lease;
}

async function act(driven: Driven, action: Action, seen: Observation): Promise<Round> {
  const {run, target} = driven;
  switch (action.do) {
    case 'advance':
      return moved(record(driven, action.to, action.reason, changesFor(driven, action.to)));
    case 'prepare':
      await prepareJob(run, target);
      return moved(record(driven, 'uploading', 'the job folder is ready'));
    case 'upload':
      await uploadJob(run, target);
      return moved(
        record(driven, 'submitted', 'inputs and job are on the target', changesFor(driven, 'submitted')),
      );
    case 'start':
      await target.launcher.start(pathsOf(run, target).folder, attemptOf(run));
      return {run, hasMoved: false};
    case 'adopt':
      await target.launcher.adopt(pathsOf(run, target).folder, attemptOf(run));
      return {run, hasMoved: false};
    case 'deliver cancel':
      await deliverCancel(run, target);
      return {run, hasMoved: false};
    case 'forestall':
      return forestall(driven);
    case 'cancel':
      return moved(
        end(driven, {to: 'cancelled', reason: 'cancelled before it was submitted', failure: null}),
      );
    case 'collect':
      return moved(collectAndEnd(driven));
    case 'wait':
      return {run: seen.supervisor === 'alive' ? await noteProof(driven) : run, hasMoved: false};
    case 'nothing':
      return {run, hasMoved: false};
  }
}

async function moved(run: Promise<RunDocument>): Promise<Round> {
  return {run: await run, hasMoved: true};
}

/** Records one transition: journal first, then the document. */
async function record(
  driven: Driven,
  to: RunStatus,
  reason: string,
  changes: Partial<RunDocument> = {},
): Promise<RunDocument> {
  const {context, run, lease} = driven;
  await context.journal.append('transition', {run: run.id, from: run.status, to, reason});
  const at = isoTime(context.now());
  const next = await context.documents.replace(
    'runs',
    run.id,
    (current) => advance(current, {to, at, by: context.actor, reason}, changes),
    {lease},
  );
  pausePoint(`run.after.${to}`);
  return next;
}

function changesFor({context, run, target}: Driven, to: RunStatus): Partial<RunDocument> {
  const at = isoTime(context.now());
  if (to === 'preparing') return {attempts: [...run.attempts, {number: attemptOf(run) + 1, at}]};
  if (to === 'submitted') {
    return {
      execution: {
        ...run.execution,
        command: commandOf(run, target),
        host: target.host,
        launcher: target.launcher.name,
        job: run.id,
      },
    };
  }
  return {};
}

/** Often enough for verify, which calls a run stuck after days; seldom enough not to rewrite a document for nothing. */
const PROOF_EVERY_MS = 60 * 60 * 1000;

/** Proof of life: always in what is shown, now and then in the document. */
async function noteProof({context, run, lease}: Driven): Promise<RunDocument> {
  const at = context.now();
  const withProof = (current: RunDocument): RunDocument => ({
    ...current,
    execution: {...current.execution, lastProofAt: isoTime(at)},
  });
  const last = run.execution.lastProofAt ?? run.events.at(-1)?.at ?? run.createdAt;
  if (at - Date.parse(last) < PROOF_EVERY_MS) return withProof(run);
  return context.documents.replace('runs', run.id, withProof, {lease});
}

/** A supervisor that has just claimed the attempt makes state/ next; the wish is delivered a round later then. */
async function deliverCancel(run: RunDocument, target: Target): Promise<void> {
  const {transport} = target;
  const paths = pathsOf(run, target);
  if (!(await transport.isFolder(paths.state))) return;
  await transport.writeFile(paths.cancel, Buffer.from(`${run.cancelRequested?.at ?? ''}\n`));
}

/** Cancelled while nobody had started it: whoever makes the attempt's folder first decides. */
async function forestall(driven: Driven): Promise<Round> {
  const {run, target} = driven;
  const isOurs = await target.transport.claimFolder(pathsOf(run, target).attempt);
  if (!isOurs) return {run, hasMoved: false};
  return moved(end(driven, {to: 'cancelled', reason: 'cancelled before it was started', failure: null}));
}

async function collectAndEnd(driven: Driven): Promise<RunDocument> {
  const {context, run, target, lease} = driven;
  const collected = await collect(context, run, target, lease);
  pausePoint('run.collected');
  const outcome = await judge(run, collected, context.modelOf(run));
  if (outcome.to === 'preparing') {
    const at = isoTime(context.now());
    return record(driven, 'preparing', outcome.reason, {
      attempts: [...run.attempts, {number: attemptOf(run) + 1, at, reason: outcome.reason}],
    });
  }
  return end(driven, outcome, collected);
}

/** The last transition; then the view, then the job's folder may go, as everything of it is verified at home. */
async function end(driven: Driven, outcome: Outcome, collected?: Collected): Promise<RunDocument> {
  const {context, run, target} = driven;
  const results = collected ? resultsOf(run, outcome, collected) : {failure: outcome.failure};
  const ended = await record(driven, outcome.to, outcome.reason, results);
  await context.onEnded?.(ended);
  if ((ended.execution.refused ?? []).length === 0)
    await target.transport.removeFolder(pathsOf(run, target).folder);
  return ended;
}

function resultsOf(run: RunDocument, outcome: Outcome, collected: Collected): Partial<RunDocument> {
  const {exit, log, outputs, refused} = collected;
  const primary = run.plan?.primaryOutput;
  const isPrimaryThere = outcome.to === 'completed' && outputs.some(({name}) => name === primary);
  return {
    outputs,
    log,
    failure: outcome.failure,
    primaryOutput: isPrimaryThere && primary !== undefined ? primary : null,
    execution: {
      ...run.execution,
      exitCode: exit.rc,
      signal: exit.signal,
      startedAt: exit.startedAt,
      endedAt: exit.endedAt,
      phaseMs: {...phaseTimes(run), ...runningTime(exit)},
      ...(refused.length > 0 && {refused}),
    },
  };
}

/** From the supervisor's own record: the transition out of `running` comes only when somebody looks. */
function runningTime({startedAt, endedAt}: Collected['exit']): {running?: number} {
  return startedAt === null ? {} : {running: Math.max(0, Date.parse(endedAt) - Date.parse(startedAt))};
}

/** For drivers: an error that only says that somebody else drives the run. */
export function isHeldElsewhere(error: unknown): boolean {
  return error instanceof CosmosError && (error.code === 'lease.held' || error.code === 'lease.lost');
}
