/** Several runs that one command started: submitted one after the other, then carried on side by side. */
import type {RunDocument} from '../manifest/types.gen.ts';
import {withInterrupt} from '../platform/interrupt.ts';
import type {RunnerContext} from '../runner/context.ts';
import {drive, isUnreachable} from '../runner/drive.ts';
import {isTerminal} from '../runner/transitions.ts';
import {canBeLeft} from './follow-run.ts';
import {watchRuns, type WatchEvent} from './watch-runs.ts';

export interface FollowAllOptions {
  /** Return once each job has started, or waits there. */
  isDetached: boolean;
  onEvent: (event: WatchEvent) => void;
}

/**
 * @returns the runs as they were last seen, in the order of the ids, each before the one that follows it; some have not ended
 * when they were left
 */
export async function followAll(
  context: RunnerContext,
  ids: readonly string[],
  {isDetached, onEvent}: FollowAllOptions,
): Promise<RunDocument[]> {
  const started = await readRuns(context, ids);
  // They come to be when those before them are completed.
  const runs = new Set(started.flatMap(({id, next}) => (next ? [id, next.run] : [id])));
  await withInterrupt(async (signal) => {
    await submitInTurn(context, ids, signal).catch((error: unknown) => {
      // The watch tells of it, and tries again.
      if (isDetached || !isUnreachable(error)) throw error;
    });
    if (!isDetached) await watchRuns(context, {signal, runs, isUntilIdle: true, onEvent});
  });
  return readRuns(
    context,
    Array.from(runs).filter((id) => context.index.has('runs', id)),
  );
}

function readRuns({documents}: RunnerContext, ids: readonly string[]): Promise<RunDocument[]> {
  return Promise.all(ids.map((id) => documents.read('runs', id)));
}

/** Inputs that several runs have in common are sent by the first, and are there for the others. */
async function submitInTurn(
  context: RunnerContext,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const id of ids) {
    if (signal.aborted) return;
    await drive(context, id, {signal, until: canBeLeft});
  }
}

/** Runs that go on by themselves. */
export function openOf(runs: readonly RunDocument[]): RunDocument[] {
  return runs.filter(({status}) => !isTerminal(status));
}
