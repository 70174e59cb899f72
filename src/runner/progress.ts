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
  return {progress: progressIn(lines, context.modelOf(run)), logTail: lines};
}

/** The newest word on what is done, with the newest count, which may stand further up, as the number of the piece may. */
export function progressIn(
  lines: readonly string[],
  model: Pick<Model, 'readProgress'>,
): Progress | undefined {
  let newest: Progress | undefined;
  let count: Progress | undefined;
  for (const line of lines.toReversed()) {
    const progress = model.readProgress(line);
    if (!progress) continue;
    newest ??= progress;
    if (progress.total > 0) count ??= progress;
    if (progress.part) return named({...newest, ...count, part: progress.part}, newest.phase);
  }
  return newest && named({...newest, ...count}, newest.phase);
}

function named({part, ...progress}: Progress, phase: string): Progress {
  const isInPiece = part !== undefined && part.of > 1 && phase === 'sample';
  return {...progress, phase: isInPiece ? `${phase} ${part.index} of ${part.of}` : phase};
}
