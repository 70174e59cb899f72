/**
 * The log of a run as it grows: from the job's folder while it runs, from the store once it is home. No byte twice, none
 * left out, whatever happens to connections and addresses meanwhile.
 */
import type {RunDocument} from '../manifest/types.gen.ts';
import {sleep} from '../platform/clock.ts';
import {isAboutContent} from './altered.ts';
import {pathsOf} from './attempt.ts';
import type {RunnerContext} from './context.ts';
import {isUnreachable} from './drive.ts';
import {isTerminal} from './transitions.ts';

const POLL_MS = 200;
/** The session has tried for several seconds itself before it says that a target cannot be reached. */
const UNREACHABLE_MS = 3000;

/** In a row; then the file itself is wrong. */
const MOST_DOUBTS = 5;

export interface FollowLogOptions {
  /** Go on until the run has ended. */
  isFollowing: boolean;
  /** Leave at once. */
  signal?: AbortSignal;
  /** Nothing will move the run on any more: what is there now is the rest. */
  isOver?: () => boolean;
  /** Told what a reader should know of the log, such as that it was cut off on the target. */
  onNotice?: (message: string) => void;
}

/** The whole log. Chunks are lent: each is valid only until the next is asked for. */
export async function* followLog(
  context: RunnerContext,
  id: string,
  options: FollowLogOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const {signal} = options;
  const place: Place = {offset: 0, doubts: 0};
  for (;;) {
    const isLast = !options.isFollowing || options.isOver?.() === true;
    const run = await context.documents.read('runs', id);
    try {
      yield* readOn(context, run, place, options);
    } catch (error) {
      if (signal?.aborted) return;
      if (isLast || !mayComeBack(error, place)) throw error;
      if (isUnreachable(error)) await renew(context, run, signal);
    }
    if (isTerminal(run.status) || isLast || signal?.aborted) return;
    await sleep(POLL_MS, signal);
  }
}

/** How far a log was read. */
interface Place {
  offset: number;
  /** How often in a row the file itself seemed to be wrong. */
  doubts: number;
}

/** What there is now from the place on, which moves with it. */
async function* readOn(
  context: RunnerContext,
  run: RunDocument,
  place: Place,
  {signal, onNotice}: FollowLogOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const source = await openLog(context, run, signal);
  if (source && source.size < place.offset) {
    const facts = `it has ${source.size} bytes, ${place.offset} were read`;
    onNotice?.(`the log was cut off or replaced: ${facts}. What follows is read from its start.`);
    place.offset = 0;
  }
  for await (const chunk of source?.read(place.offset) ?? NOTHING) {
    place.offset += chunk.length;
    yield chunk;
  }
  place.doubts = 0;
}

/**
 * The job goes on writing: what follows is read from here once its target can be reached again. A log that goes home while
 * it is read is in the store in the next round.
 */
function mayComeBack(error: unknown, place: Place): boolean {
  return isUnreachable(error) || (isAboutContent(error) && ++place.doubts < MOST_DOUBTS);
}

/** The target may have a new address when it is tried again. */
async function renew(context: RunnerContext, run: RunDocument, signal?: AbortSignal): Promise<void> {
  await sleep(UNREACHABLE_MS, signal);
  await context.renewTarget?.(run);
}

const NOTHING: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({next: () => Promise.resolve({done: true, value: undefined})}),
};

interface LogSource {
  size: number;
  read(offset: number): AsyncIterable<Uint8Array>;
}

/** Undefined while there is no log: one that vanished has gone home, and is read there in the next round. */
async function openLog(
  context: RunnerContext,
  run: RunDocument,
  signal?: AbortSignal,
): Promise<LogSource | undefined> {
  const {log} = run;
  if (isTerminal(run.status))
    return log ? {size: log.size, read: (offset) => skip(context.store.fetch(log), offset)} : undefined;
  const target = await context.targetOf(run);
  const {transport} = target;
  const path = pathsOf(run, target).log;
  const size = await transport.sizeOf(path);
  if (size === undefined) return undefined;
  return {size, read: (offset) => (offset < size ? transport.stream(path, offset, signal) : NOTHING)};
}

async function* skip(
  source: AsyncIterable<Uint8Array>,
  count: number,
): AsyncGenerator<Uint8Array, void, void> {
  let left = count;
  for await (const chunk of source) {
    const skipped = Math.min(chunk.length, left);
    left -= skipped;
    if (skipped < chunk.length) yield chunk.subarray(skipped);
  }
}
