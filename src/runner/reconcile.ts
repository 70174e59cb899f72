/**
 * The one function that moves runs on: observe, decide (a pure function), do, record. `run`, `status` and whatever comes
 * after a crash all call it, so that killing a client at any point costs nothing.
 */
import type {Lease} from '../cas/catalog/leases.ts';
import {CosmosError} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {isoTime} from '../platform/clock.ts';
import {withLittleGarbage} from '../platform/collector.ts';
import {pausePoint} from '../platform/pause.ts';
import {listAwaited} from './after.ts';
import {attemptOf, hasLeftFiles, pathsOf} from './attempt.ts';
import {deliverCancel, requestCancel} from './cancel.ts';
import {collect} from './collect.ts';
import type {RunnerContext} from './context.ts';
import {decide, type Action, type Observation} from './decide.ts';
import {noteSeen} from './note-seen.ts';
import {observe} from './observe.ts';
import {judge, type Outcome} from './outcome.ts';
import {makeJob} from './make-job.ts';
import {resultsOf} from './results.ts';
import {refuseOtherBox} from './right-box.ts';
import {findPart, type TakenPart} from './sharing/part.ts';
import {isUnwanted, releaseParts} from './sharing/release.ts';
import {prepareJob, uploadJob} from './submit.ts';
import type {Target} from './target.ts';
import {advance, isTerminal, type RunStatus} from './transitions.ts';
import {hasVanished, VANISHED} from './vanished.ts';

export interface Round {
  run: RunDocument;
  /** When to look again if nothing has moved, milliseconds. */
  pollMs: number;
  /** For how long nothing was heard of the job, milliseconds; absent while nobody knows. */
  silentMs?: number | undefined;
  /** False when there is nothing to do but wait (or nothing at all). */
  hasMoved: boolean;
}

/** One round, under the run's lease. @throws CosmosError lease.lost */
export async function reconcile(context: RunnerContext, id: string, lease: Lease): Promise<Round> {
  const run = await context.documents.read('runs', id);
  if (isTerminal(run.status)) return {run, hasMoved: false, pollMs: 0};
  const target = await context.targetOf(run);
  await refuseOtherBox(run, target);
  const seen = await look(context, run, target);
  const driven = {context, run, target, lease};
  if (await hasVanished(run, target, seen)) return {...(await giveUp(driven)), pollMs: target.pollMs};
  const action = decide(run, seen);
  pausePoint(`run.${run.status}`);
  return {...(await act(driven, action, seen)), pollMs: target.pollMs, silentMs: seen.silentMs};
}

/** The job through its target; for a run that is still at home, the runs that it waits for, and what they made for it. */
async function look(context: RunnerContext, run: RunDocument, target: Target): Promise<Observation> {
  const seen = await observe(run, target);
  const runs = await listAwaited(context, run);
  if (runs.length > 0) return {...seen, waiting: {for: 'runs', runs}};
  return {...seen, part: await findPart(context, run)};
}

interface Driven {
  context: RunnerContext;
  run: RunDocument;
  target: Target;
  lease: Lease;
}

type Act = Pick<Round, 'run' | 'hasMoved'>;

async function act(driven: Driven, action: Action, seen: Observation): Promise<Act> {
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
      return moved(cancelAtHome(driven));
    case 'take':
      return moved(take(driven, action.part));
    case 'collect':
      return moved(withLittleGarbage(() => collectAndEnd(driven)));
    case 'wait':
      return {run: await noteSeen(driven, seen), hasMoved: false};
    case 'nothing':
      return {run, hasMoved: false};
  }
}

async function moved(run: Promise<RunDocument>): Promise<Act> {
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
        command: makeJob(run, target).argv,
        host: target.host,
        launcher: target.launcher.name,
        job: run.id,
      },
    };
  }
  return {};
}

/** Cancelled while nobody had started it: whoever makes the attempt's folder first decides. */
async function forestall(driven: Driven): Promise<Act> {
  const {run, target} = driven;
  const isOurs = await target.transport.claimFolder(pathsOf(run, target).attempt);
  if (!isOurs) return {run, hasMoved: false};
  return moved(end(driven, {to: 'cancelled', reason: 'cancelled before it was started', failure: null}));
}

/** A shared load that nobody waits for any more is cancelled before the last of its members is, so that no crash forgets it. */
async function cancelAtHome(driven: Driven): Promise<RunDocument> {
  const {context, run} = driven;
  if (run.share && (await isUnwanted(context, run)))
    await requestCancel(context, run.share.run, 'all that wait for it are cancelled');
  return end(driven, {to: 'cancelled', reason: 'cancelled before it was submitted', failure: null});
}

/** Named by the member first, so that what it takes is never without a document. There was no job. */
async function take(driven: Driven, {to, reason, changes}: TakenPart): Promise<RunDocument> {
  const {context, run, lease} = driven;
  await context.store.keep(changes.outputs ?? [], lease);
  const results = to === 'completed' ? await withWhatFollows(driven, changes) : changes;
  const ended = await record(driven, to, reason, results);
  pausePoint('run.taken');
  if (run.share) await releaseParts(context, run.share.run);
  await context.onEnded?.(ended);
  return ended;
}

async function collectAndEnd(driven: Driven): Promise<RunDocument> {
  const {context, run, target, lease} = driven;
  const collected = await collect(context, run, target, lease);
  pausePoint('run.collected');
  const outcome = await judge(run, collected, context.modelOf(run));
  if (outcome.to === 'preparing') {
    const at = isoTime(context.now());
    return record(driven, 'preparing', outcome.reason, {
      attempts: [
        ...run.attempts.slice(0, -1),
        ...run.attempts.slice(-1).map((last) => ({...last, ...(collected.log && {log: collected.log})})),
        {number: attemptOf(run) + 1, at, reason: outcome.reason},
      ],
    });
  }
  const results = resultsOf(driven, outcome, collected);
  return end(driven, outcome, outcome.to === 'completed' ? await withWhatFollows(driven, results) : results);
}

/** What is to be recorded of a run that is completed, when what follows from it is made. */
async function withWhatFollows(
  {context, run}: Driven,
  results: Partial<RunDocument>,
): Promise<Partial<RunDocument>> {
  return {...results, ...(await context.onCompleting?.({...run, ...results, status: 'completed'}))};
}

/** A job that is gone with its folder: there is nothing to collect. A wish to stop it has come true. */
function giveUp(driven: Driven): Promise<Act> {
  const {run} = driven;
  const reason = VANISHED.message;
  if (run.status === 'running') return moved(record(driven, 'collecting', reason));
  if (run.cancelRequested) return moved(end(driven, {to: 'cancelled', reason, failure: null}));
  return moved(end(driven, {to: 'failed', reason, failure: VANISHED}));
}

/** The last transition; then the view, then the job's folder may go, as everything of it is verified at home. */
async function end(
  driven: Driven,
  outcome: Outcome,
  results: Partial<RunDocument> = {failure: outcome.failure},
): Promise<RunDocument> {
  const {context, run, target} = driven;
  const ended = await record(driven, outcome.to, outcome.reason, results);
  await context.onEnded?.(ended);
  if (!hasLeftFiles(ended)) await target.transport.removeFolder(pathsOf(run, target).folder);
  return ended;
}

/**
 * Why this process can carry no run on any more, whichever it looks at: its disk failed, or its catalog takes no transaction.
 * @returns undefined for an error that is about one run
 */
export function lossOf({store}: RunnerContext, error: unknown): unknown {
  const isOfDisk =
    error instanceof CosmosError &&
    ['store.failed', 'catalog.failed', 'catalog.replaced'].includes(error.code);
  return store.context.catalog.failure ?? (isOfDisk ? error : undefined);
}

/** For drivers: an error that only says that somebody else drives the run. */
export function isHeldElsewhere(error: unknown): boolean {
  return error instanceof CosmosError && (error.code === 'lease.held' || error.code === 'lease.lost');
}
