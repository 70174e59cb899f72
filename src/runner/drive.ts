/** Reconciling again and again, under the run's lease, until somebody has seen enough. */
import type {Lease} from '../cas/catalog/leases.ts';
import {CosmosError} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {sleep} from '../platform/clock.ts';
import type {RunnerContext} from './context.ts';
import {isHeldElsewhere, reconcile, type Round} from './reconcile.ts';
import {isTerminal} from './transitions.ts';

export interface DriveOptions {
  /** Stop when this says so; default: when the run has ended. `hasMoved` is false when the round changed nothing. */
  until?: (run: RunDocument, round: {hasMoved: boolean}) => boolean;
  /** Leaves the run as it is; it goes on. */
  signal?: AbortSignal;
  /** Called after every round. */
  onRound?: (run: RunDocument) => void | Promise<void>;
  /** Told that the target cannot be reached, and tried again; without it that ends the drive. */
  onUnreachable?: (error: CosmosError) => void;
  /** A lease that the caller holds already, such as that of the run's creation. */
  lease?: Lease;
}

/** Between two tries to reach a target, growing to the second. */
const RETRY_MS = [1000, 30_000] as const;

/**
 * Drives a run. When it returns before the end the run goes on without us.
 * @throws CosmosError lease.held when another process drives it
 */
export async function drive(
  context: RunnerContext,
  id: string,
  options: DriveOptions = {},
): Promise<RunDocument> {
  const lease = options.lease ?? (await context.leases.acquire(`driving ${id}`, id));
  try {
    return await driveUnder(lease, context, id, options);
  } finally {
    await lease.release();
  }
}

async function driveUnder(
  lease: Lease,
  context: RunnerContext,
  id: string,
  options: DriveOptions,
): Promise<RunDocument> {
  const isEnough = options.until ?? ((run) => isTerminal(run.status));
  let waitMs: number = RETRY_MS[0];
  for (;;) {
    try {
      const round = await reconcile(context, id, lease);
      const {run, hasMoved, pollMs} = round;
      await noteSighting(context, round);
      await options.onRound?.(run);
      if (isEnough(run, {hasMoved}) || isTerminal(run.status) || options.signal?.aborted) return run;
      await carryOnAwaited(context, run);
      if (!hasMoved) await sleep(pollMs, options.signal);
      waitMs = RETRY_MS[0];
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      await context.sightings.missed(id);
      if (!options.onUnreachable) throw error;
      options.onUnreachable(error);
      await sleep(waitMs, options.signal);
      if (options.signal?.aborted) return context.documents.read('runs', id);
      await context.renewTarget?.(await context.documents.read('runs', id));
      waitMs = Math.min(2 * waitMs, RETRY_MS[1]);
    }
  }
}

/** A queued run that waits for others would wait for ever where nobody looks after those. */
async function carryOnAwaited(context: RunnerContext, {status, execution}: RunDocument): Promise<void> {
  if (status !== 'queued') return;
  for (const id of execution.waiting?.runs ?? []) {
    await context.leases
      .hold(`driving ${id}`, (lease) => reconcile(context, id, lease), id)
      .catch(forgiveKnown);
  }
}

/** Another process has it, or its target does not answer: it is not the run that is driven here. */
function forgiveKnown(error: unknown): void {
  if (!(error instanceof CosmosError)) throw error;
}

/** For whoever follows a run: drives it as soon as nobody else does, so that it is never left alone. */
export async function driveInTurn(
  context: RunnerContext,
  id: string,
  options: DriveOptions = {},
): Promise<RunDocument> {
  for (;;) {
    try {
      return await drive(context, id, options);
    } catch (error) {
      if (!isHeldElsewhere(error)) throw error;
    }
    await sleep(TURN_MS, options.signal);
    const run = await context.documents.read('runs', id);
    if (isTerminal(run.status) || options.signal?.aborted) return run;
  }
}

/** Between two looks whether another process has let a run go. */
const TURN_MS = 2000;

function noteSighting({sightings}: RunnerContext, {run, silentMs}: Round): Promise<void> {
  const {id, status, execution} = run;
  if (isTerminal(status)) return sightings.forget(id);
  return sightings.saw(id, {proofAt: execution.lastProofAt, silentMs});
}

/** Unreachable is not failed: the run keeps its state, and the next try may find it ended well. */
export function isUnreachable(error: unknown): error is CosmosError {
  return error instanceof CosmosError && error.code === 'target.unreachable';
}
