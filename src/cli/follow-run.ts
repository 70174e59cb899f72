/** Driving a run in the foreground with live progress; leaving it is always possible and never stops it. */
import type {Lease} from '../cas/catalog/leases.ts';
import {CosmosError, EXIT} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {sleep} from '../platform/clock.ts';
import {withInterrupt} from '../platform/interrupt.ts';
import type {RunnerContext} from '../runner/context.ts';
import {drive, isUnreachable} from '../runner/drive.ts';
import {readLive} from '../runner/progress.ts';
import {isHeldElsewhere} from '../runner/reconcile.ts';
import {isTerminal} from '../runner/transitions.ts';
import {describeWaiting} from '../runner/waiting.ts';
import {Outlook} from '../workspace/outlook.ts';
import {ProgressLine} from '../views/progress-line.ts';
import {shortId} from '../manifest/names.ts';

/** Documents change seldom; the log is read as often. */
const BESIDE_MS = 1000;

export interface FollowOptions {
  /** Return once the job has started. */
  isDetached: boolean;
  /** No progress at all. */
  isQuiet: boolean;
}

/** @returns the run as it was last seen; not ended when it was left or detached */
export async function followRun(
  context: RunnerContext,
  run: RunDocument,
  lease: Lease,
  options: FollowOptions,
): Promise<RunDocument> {
  const line = new ProgressLine(process.stderr, process.env);
  const outlook = new Outlook(context);
  const show = async (current: RunDocument): Promise<void> => {
    if (!options.isQuiet) await showProgress(current, {context, line, outlook});
  };
  const last = await withInterrupt((signal) =>
    drive(context, run.id, {
      lease,
      signal,
      onRound: show,
      onUnreachable: () =>
        line.update({
          id: run.id,
          stage: 'unreachable; the run goes on, trying again',
          elapsedMs: context.now() - Date.parse(run.createdAt),
        }),
      ...(options.isDetached && {until: canBeLeft}),
    }),
  ).catch((error: unknown) => {
    line.done();
    throw keepsRun(error, run.id);
  });
  line.done();
  if (!isTerminal(last.status)) sayGoodbye(last, options.isDetached);
  return last;
}

/** Drives a run that exists as soon as nobody else does, and follows it meanwhile. A detached one is left to whoever drives it. */
export async function followInTurn(
  context: RunnerContext,
  run: RunDocument,
  options: FollowOptions,
): Promise<RunDocument> {
  for (;;) {
    const lease = await context.leases.acquire(`driving ${run.id}`, run.id).catch(forgiveHeld);
    if (lease) return followRun(context, run, lease, options);
    if (options.isDetached) return run;
    const beside = await followBeside(context, run, options.isQuiet);
    if (beside.isOver) return beside.run;
  }
}

function forgiveHeld(error: unknown): undefined {
  if (!isHeldElsewhere(error)) throw error;
}

/** The job has started, or waits where nobody is needed; or it waits for other runs, as somebody wanted. */
export function canBeLeft({status, execution}: RunDocument): boolean {
  return status === 'running' || execution.waiting !== undefined || isTerminal(status);
}

async function showProgress(
  current: RunDocument,
  {context, line, outlook}: {context: RunnerContext; line: ProgressLine; outlook: Outlook},
): Promise<void> {
  const {progress, share} =
    current.status === 'running' || current.execution.waiting
      ? await readLive(context, current)
      : {progress: undefined, share: undefined};
  line.update({
    id: current.id,
    stage: current.status,
    progress,
    timeLeft: outlook.timeLeft(current.id, share),
    stall: outlook.stall(current.id),
    elapsedMs: context.now() - Date.parse(current.createdAt),
  });
}

/**
 * Follows a run that another cosmos process carries on: what it does is seen in the documents, and in the job's log.
 * `isOver` is false when that process has let the run go before its end: then it is the caller's turn.
 */
async function followBeside(
  context: RunnerContext,
  run: RunDocument,
  isQuiet: boolean,
): Promise<{run: RunDocument; isOver: boolean}> {
  const line = new ProgressLine(process.stderr, process.env);
  const outlook = new Outlook(context);
  const last = await withInterrupt(async (signal) => {
    for (;;) {
      const isAlone = context.leases.holderOf(run.id) === undefined;
      const current = await context.documents.read('runs', run.id);
      if (!isQuiet) await showProgress(current, {context, line, outlook}).catch(forgiveUnreachable);
      if (isTerminal(current.status) || signal.aborted) return {run: current, isOver: true};
      if (isAlone) return {run: current, isOver: false};
      await sleep(BESIDE_MS, signal);
    }
  });
  line.done();
  if (last.isOver && !isTerminal(last.run.status)) sayGoodbye(last.run, false);
  return last;
}

/** Whoever drives the run says so; the documents tell how it ends all the same. */
function forgiveUnreachable(error: unknown): void {
  if (!isUnreachable(error)) throw error;
}

/** What went wrong here did not end the run: giving the command again would make a second one. */
function keepsRun(error: unknown, id: string): unknown {
  // Another machine under the address: its own hint names the only two ways on.
  if (!(error instanceof CosmosError) || error.code === 'target.moved') return error;
  return new CosmosError(error.code, error.message, {
    hint: `The run ${shortId(id)} is not lost. Set right what is wrong, then "cosmos status" carries it on; do not start it again.`,
    cause: error,
    facts: {...error.facts, run: id},
  });
}

function sayGoodbye(run: RunDocument, isDetached: boolean): void {
  const id = shortId(run.id);
  if (run.status === 'queued' && run.execution.waiting) {
    const what = describeWaiting(run.execution.waiting);
    process.stderr.write(
      `cosmos: ${id} starts ${what}, by whichever cosmos looks then, such as "cosmos watch"\n`,
    );
    if (!isDetached) process.exitCode = EXIT.interrupted;
    return;
  }
  const how = `"cosmos status" brings it home, "cosmos logs -f ${id}" follows it, "cosmos cancel ${id}" stops it`;
  process.stderr.write(
    `cosmos: ${isDetached ? 'the run goes on by itself' : 'left; the run goes on'}: ${how}\n`,
  );
  if (!isDetached) process.exitCode = EXIT.interrupted;
}
