/**
 * What the job of an abandoned run has left on a machine that answers again. The run stays failed: that was its owner's
 * word. Its outputs and log come home all the same, verified and marked as late, and a job that still runs can be stopped.
 */
import type {Lease} from '../cas/catalog/leases.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {isoTime, sleep} from '../platform/clock.ts';
import {isGivenUp} from './abandon.ts';
import {attemptOf, hasLeftFiles, pathsOf} from './attempt.ts';
import {deliverCancel} from './cancel.ts';
import {collect} from './collect.ts';
import type {RunnerContext} from './context.ts';
import {decide} from './decide.ts';
import {observe} from './observe.ts';
import {judge} from './outcome.ts';
import {resultsOf} from './results.ts';
import {refuseOtherBox} from './right-box.ts';
import type {Target} from './target.ts';

/** `gone`: nothing of the job is there. `running`: it has not ended. `home`: what there was is at home. */
export type LateState = 'gone' | 'running' | 'home';

export interface LateOptions {
  /** Leaves the job as it is. */
  signal?: AbortSignal;
  /** Told once when the job has not ended. */
  onRunning?: () => void;
}

/**
 * Waits for the end of the job if need be, and brings home what it has left. A wish to cancel is delivered.
 * @throws CosmosError target.unreachable, target.moved; lease.held while another process drives the run
 */
export async function bringLateHome(
  context: RunnerContext,
  id: string,
  {signal, onRunning}: LateOptions = {},
): Promise<LateState> {
  const lease = await context.leases.acquire(`bringing home what ${id} left`, id);
  try {
    for (let isFirst = true; ; isFirst = false) {
      const {state, pollMs} = await attend(context, id, lease);
      if (state === 'running' && isFirst) onRunning?.();
      if (state !== 'running' || signal?.aborted) return state;
      await sleep(pollMs, signal);
    }
  } finally {
    await lease.release();
  }
}

interface Left {
  context: RunnerContext;
  run: RunDocument;
  target: Target;
  lease: Lease;
}

/** One look. Nothing is ever started: what was not, is ruled out. */
async function attend(
  context: RunnerContext,
  id: string,
  lease: Lease,
): Promise<{state: LateState; pollMs: number}> {
  const run = await context.documents.read('runs', id);
  if (!isGivenUp(run)) return {state: 'home', pollMs: 0};
  const target = await context.targetOf(run);
  await refuseOtherBox(run, target);
  const left = {context, run, target, lease};
  return {state: await attendJob(left), pollMs: target.pollMs};
}

async function attendJob(left: Left): Promise<LateState> {
  const {run, target} = left;
  const {transport, launcher} = target;
  const {folder, attempts, attempt} = pathsOf(run, target);
  if (!(await transport.isFolder(folder))) return 'gone';
  const open: RunDocument = {...run, status: 'running'};
  const seen = await observe(open, target);
  if (!seen.isClaimed) {
    await transport.ensureFolder(attempts);
    if (await transport.claimFolder(attempt)) return settle(left, {}, 'its job had never been started');
    return 'running';
  }
  const action = decide(open, seen);
  if (action.do === 'advance') return collectLate(left);
  if (action.do === 'adopt') await launcher.adopt(folder, attemptOf(run));
  if (action.do === 'deliver cancel') await deliverCancel(run, target);
  return 'running';
}

async function collectLate(left: Left): Promise<LateState> {
  const {context, run, target, lease} = left;
  const collected = await collect(context, run, target, lease);
  const outcome = await judge(run, collected, context.modelOf(run));
  const results = resultsOf({run, target}, outcome, collected);
  const outputs = (results.outputs ?? []).map((output) => ({...output, isLate: true}));
  return settle(
    left,
    {...results, outputs, primaryOutput: null, failure: run.failure},
    'what its job had left came home late',
  );
}

/** The document first, then the view; then the job's folder may go. */
async function settle(
  {context, run, target, lease}: Left,
  changes: Partial<RunDocument>,
  reason: string,
): Promise<LateState> {
  await context.journal.append('late', {run: run.id, reason});
  const at = isoTime(context.now());
  const event = {at, from: 'failed', to: 'failed', by: context.actor, reason};
  const settled = await context.documents.replace(
    'runs',
    run.id,
    (current) => ({
      ...current,
      ...changes,
      execution: {...current.execution, ...changes.execution, lateAt: at},
      events: [...current.events, {seq: current.events.length + 1, ...event}],
    }),
    {lease},
  );
  await context.onEnded?.(settled);
  if (!hasLeftFiles(settled)) await target.transport.removeFolder(pathsOf(run, target).folder);
  return 'home';
}
