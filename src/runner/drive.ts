/** Reconciling again and again, under the run's lease, until somebody has seen enough. */
import type {Lease} from '../cas/catalog/leases.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {sleep} from '../platform/clock.ts';
import type {RunnerContext} from './context.ts';
import {reconcile} from './reconcile.ts';
import {isTerminal} from './transitions.ts';

export interface DriveOptions {
  /** Stop when this says so; default: when the run has ended. */
  until?: (run: RunDocument) => boolean;
  /** Leaves the run as it is; it goes on. */
  signal?: AbortSignal;
  /** Called after every round. */
  onRound?: (run: RunDocument) => void | Promise<void>;
  /** A lease that the caller holds already, such as that of the run's creation. */
  lease?: Lease;
}

/** Quick enough to look live, slow enough to cost nothing. */
const POLL_MS = 150;

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
  for (;;) {
    const {run, hasMoved} = await reconcile(context, id, lease);
    await options.onRound?.(run);
    if (isEnough(run) || isTerminal(run.status) || options.signal?.aborted) return run;
    if (!hasMoved) await sleep(POLL_MS, options.signal);
  }
}
