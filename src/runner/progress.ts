/** What a run that has not ended shows of itself: the end of its log, and the progress that its model reads there. */
import {readAll} from '../cas/verified-read.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {pathsOf} from './attempt.ts';
import type {RunnerContext} from './context.ts';
import type {Progress} from './model.ts';

export interface LiveView {
  progress: Progress | undefined;
  /** Last lines of the log, oldest first. */
  logTail: string[];
}

/** Enough for a screen of log and the last progress line. */
const TAIL_BYTES = 16 * 1024;

export async function readLive(context: RunnerContext, run: RunDocument): Promise<LiveView> {
  const target = context.targetOf(run);
  const {transport} = target;
  const path = pathsOf(run, target).log;
  const size = await transport.sizeOf(path);
  if (size === undefined || size === 0) return {progress: undefined, logTail: []};
  const start = Math.max(0, size - TAIL_BYTES);
  const text = (await readAll(transport.stream(path, start))).toString('utf8');
  const lines = text.split(/\r?\n|\r/).filter((line) => line !== '');
  if (start > 0) lines.shift();
  return {progress: lastProgress(context, run, lines), logTail: lines};
}

function lastProgress(
  context: RunnerContext,
  run: RunDocument,
  lines: readonly string[],
): Progress | undefined {
  const model = context.modelOf(run);
  for (const line of lines.toReversed()) {
    const progress = model.readProgress(line);
    if (progress) return progress;
  }
  return undefined;
}
