/** The log of a run as it grows: from the job's folder while it runs, from the store once it is home. No byte twice. */
import type {RunDocument} from '../manifest/types.gen.ts';
import {sleep} from '../platform/clock.ts';
import {pathsOf} from './attempt.ts';
import type {RunnerContext} from './context.ts';
import {isUnreachable} from './drive.ts';
import {isTerminal} from './transitions.ts';

const POLL_MS = 200;
/** The session has tried for several seconds itself before it says that a target cannot be reached. */
const UNREACHABLE_MS = 3000;

/** The log from `offset` on. With `isFollowing` it ends when the run has ended, or at the signal. */
export async function* followLog(
  context: RunnerContext,
  id: string,
  options: {isFollowing: boolean; signal?: AbortSignal},
): AsyncGenerator<Uint8Array, void, void> {
  let offset = 0;
  for (;;) {
    const run = await context.documents.read('runs', id);
    const chunks = isTerminal(run.status)
      ? storedLog(context, run.log, offset)
      : liveLog(context, run, offset);
    try {
      for await (const chunk of chunks) {
        offset += chunk.length;
        yield chunk;
      }
    } catch (error) {
      // The job goes on writing: what follows is read from here once its target can be reached again.
      if (!options.isFollowing || !isUnreachable(error)) throw error;
      await sleep(UNREACHABLE_MS, options.signal);
    }
    if (isTerminal(run.status) || !options.isFollowing || options.signal?.aborted) return;
    await sleep(POLL_MS, options.signal);
  }
}

async function* storedLog(
  context: RunnerContext,
  log: RunDocument['log'],
  offset: number,
): AsyncGenerator<Uint8Array, void, void> {
  if (!log) return;
  let position = 0;
  for await (const chunk of context.store.fetch(log)) {
    const skipped = Math.min(chunk.length, Math.max(0, offset - position));
    position += chunk.length;
    if (skipped < chunk.length) yield chunk.subarray(skipped);
  }
}

/** What is there now; a log that vanishes meanwhile has gone home and is read there in the next round. */
async function* liveLog(
  context: RunnerContext,
  run: RunDocument,
  offset: number,
): AsyncGenerator<Uint8Array, void, void> {
  const target = await context.targetOf(run);
  const path = pathsOf(run, target).log;
  const size = await target.transport.sizeOf(path);
  if (size === undefined || size <= offset) return;
  yield* target.transport.stream(path, offset);
}
