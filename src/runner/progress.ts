/** What a run that has not ended shows of itself: the end of its log, and the progress that its model reads there. */
import {readAll} from '../cas/verified-read.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {firstBytes} from '../platform/chunks.ts';
import {pathsOf} from './attempt.ts';
import type {RunnerContext} from './context.ts';
import type {Model, Progress} from './model.ts';
import {describeWaiting} from './waiting.ts';

export interface LiveView {
  progress: Progress | undefined;
  /** How much of all the work is done, 0 to 1, where the model counts all of it. */
  share?: number | undefined;
  /** Last lines of the log, oldest first. */
  logTail: string[];
}

/** Enough for a screen of log and the last progress line. */
const TAIL_BYTES = 16 * 1024;

export async function readLive(context: RunnerContext, run: RunDocument): Promise<LiveView> {
  const {waiting} = run.execution;
  if (waiting || run.status === 'queued' || run.status === 'submitted') {
    const progress = waiting && {done: 0, total: 0, phase: describeWaiting(waiting)};
    return {progress, logTail: []};
  }
  const target = await context.targetOf(run);
  const {transport} = target;
  const {log: path} = pathsOf(run, target);
  const size = await transport.sizeOf(path);
  if (size === undefined || size === 0) return {progress: undefined, logTail: []};
  const start = Math.max(0, size - TAIL_BYTES);
  const text = (await readAll(firstBytes(transport.stream(path, start), TAIL_BYTES))).toString('utf8');
  const lines = text.split(/\r?\n|\r/).filter((line) => line !== '');
  if (start > 0) lines.shift();
  const model = context.modelOf(run);
  // The pieces and counts of a load are those of one of its members.
  const share = run.kind === 'load' ? undefined : shareIn(lines, model);
  return {progress: progressIn(lines, model), share, logTail: lines};
}

/** The newest word on what is done, with the newest count, which may stand further up, as the number of the piece may. */
export function progressIn(
  lines: readonly string[],
  model: Pick<Model, 'readProgress'>,
): Progress | undefined {
  const {newest, count, part} = findIn(lines, model);
  if (!newest) return undefined;
  const {phase} = newest;
  const isInPiece = part !== undefined && part.of > 1 && phase === 'sample';
  const {done, total} = count ?? newest;
  return {done, total, phase: isInPiece ? `${phase} ${part.index} of ${part.of}` : phase};
}

/** How much of all the work is done, 0 to 1. A count of one piece says nothing of it while nobody knows how many there are. */
export function shareIn(
  lines: readonly string[],
  model: Pick<Model, 'readProgress' | 'countsAll'>,
): number | undefined {
  const {count, part} = findIn(lines, model);
  const counted = count ? count.done / count.total : 0;
  if (part) return (part.index - 1 + counted) / part.of;
  return count && model.countsAll === true ? counted : undefined;
}

interface Found {
  newest?: Progress;
  count?: Progress;
  part?: Progress['part'];
}

function findIn(lines: readonly string[], model: Pick<Model, 'readProgress'>): Found {
  const found: Found = {};
  for (const line of lines.toReversed()) {
    const progress = model.readProgress(line);
    if (!progress) continue;
    found.newest ??= progress;
    if (progress.total > 0) found.count ??= progress;
    if (progress.part) return {...found, part: progress.part};
  }
  return found;
}
