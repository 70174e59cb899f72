/**
 * Every run of a workspace carried on by one process, with an event for each step that anybody takes. For machines that
 * nobody looks at: it ends only when it is told to, or when nothing is left to do.
 */
import {sleep} from '../platform/clock.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import type {RunnerContext} from '../runner/context.ts';
import {drive} from '../runner/drive.ts';
import {isHeldElsewhere} from '../runner/reconcile.ts';

export interface WatchEvent {
  at: string;
  run: string;
  target: string;
  /** Null for what is no step, such as a target that does not answer. */
  from: string | null;
  to: string | null;
  reason: string;
}

export interface WatchOptions {
  signal: AbortSignal;
  onEvent: (event: WatchEvent) => void;
  /** Only runs on this target. */
  target?: string | undefined;
  /** End when no run is open. */
  isUntilIdle: boolean;
}

/** How often new runs, and those that another process has let go, are looked for. */
const LOOK_MS = 1000;

export async function watchRuns(context: RunnerContext, options: WatchOptions): Promise<void> {
  const {signal, target, isUntilIdle} = options;
  const driven = new Map<string, Promise<void>>();
  while (!signal.aborted) {
    const open = context.index
      .listActiveRuns()
      .filter((run) => target === undefined || run.target === target);
    for (const {id} of open) {
      if (driven.has(id)) continue;
      const work = watchRun(context, id, options).finally(() => driven.delete(id));
      driven.set(id, work);
    }
    if (isUntilIdle && open.length === 0) break;
    await sleep(LOOK_MS, signal);
  }
  await Promise.all(driven.values());
}

/** Never rejects: what is wrong with one run must not stop the others. */
async function watchRun(context: RunnerContext, id: string, {signal, onEvent}: WatchOptions): Promise<void> {
  let seen = await eventCount(context, id);
  const tell = (run: RunDocument): void => {
    for (const {at, from, to, reason} of run.events.slice(seen))
      onEvent({at, run: id, target: run.execution.target, from, to, reason});
    seen = run.events.length;
  };
  let lastTrouble = '';
  const trouble = (message: string): void => {
    if (message === lastTrouble) return;
    lastTrouble = message;
    const at = new Date(context.now()).toISOString();
    onEvent({at, run: id, target: '', from: null, to: null, reason: message});
  };
  try {
    tell(await drive(context, id, {signal, onRound: tell, onUnreachable: ({message}) => trouble(message)}));
  } catch (error) {
    if (!isHeldElsewhere(error)) trouble(error instanceof Error ? error.message : String(error));
    await sleep(LOOK_MS * 5, signal);
  }
}

async function eventCount(context: RunnerContext, id: string): Promise<number> {
  const run = await context.documents.read('runs', id).catch(() => undefined);
  return run?.events.length ?? 0;
}
