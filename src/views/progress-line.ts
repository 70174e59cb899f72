/**
 * Live progress of one run in the foreground. On a terminal one line is rewritten in place; elsewhere a plain line is
 * written when the stage changes or another tenth is done, so that the log of a CI job stays short.
 */
import {shortId} from '../manifest/names.ts';
import type {Progress} from '../runner/model.ts';
import type {TimeLeft} from '../runner/estimate.ts';
import type {Stall} from '../workspace/outlook.ts';
import {formatElapsed, formatLeft, formatStall, percentOf} from './format.ts';
import {cleanLine, cutToWidth} from './text.ts';

export interface ProgressFacts {
  id: string;
  /** The status, or a word for what it waits for. */
  stage: string;
  progress?: Progress | undefined;
  timeLeft?: TimeLeft | undefined;
  /** It may hang. */
  stall?: Stall | undefined;
  /** Since the run was asked for. */
  elapsedMs: number;
}

/** `rs_1a2b3c4d  running  compose 12/48  25 %  3 s  about 9 s left` */
export function formatProgress({id, stage, progress, elapsedMs, timeLeft, stall}: ProgressFacts): string {
  const steps = progress ? describeSteps(progress) : [];
  const left = timeLeft ? [formatLeft(timeLeft)] : [];
  const silence = stall ? [formatStall(stall)] : [];
  return [shortId(id), stage, ...steps, formatElapsed(elapsedMs), ...left, ...silence]
    .map(cleanLine)
    .join('  ');
}

/** Some phases say what is being done, but not how much of it there is. */
function describeSteps(progress: Progress): string[] {
  const {phase, done, total} = progress;
  return total > 0 ? [`${phase} ${done}/${total}`, `${percentOf(progress)} %`] : [phase];
}

export interface ProgressStream {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  write(text: string): unknown;
}

/** One column stays free: some terminals wrap a line that fills the last one. */
const MARGIN = 1;

export class ProgressLine {
  readonly #stream: ProgressStream;
  readonly #isLive: boolean;
  #last = '';

  constructor(stream: ProgressStream, env: Readonly<Record<string, string | undefined>> = {}) {
    this.#stream = stream;
    this.#isLive = stream.isTTY === true && env['TERM'] !== 'dumb';
  }

  /** Shows the facts; does nothing when they say nothing new. */
  update(facts: ProgressFacts): void {
    const text = formatProgress(facts);
    if (this.#isLive) this.#rewrite(text);
    else this.#append(text, milestone(facts));
  }

  /** Takes the live line away, so that what is printed next begins on a clean line. May be called again. */
  done(): void {
    if (this.#isLive && this.#last !== '') this.#stream.write(CLEAR);
    this.#last = '';
  }

  #rewrite(text: string): void {
    const line = cutToWidth(text, Math.max(1, (this.#stream.columns ?? 80) - MARGIN));
    if (line === this.#last) return;
    this.#last = line;
    this.#stream.write(CLEAR + line);
  }

  #append(text: string, mark: string): void {
    if (mark === this.#last) return;
    this.#last = mark;
    this.#stream.write(`${text}\n`);
  }
}

/** Back to the first column, and erase the line (ECMA-48 EL). */
const CLEAR = '\r\u001B[2K';

/** What must change for a plain line. */
function milestone({stage, progress, timeLeft, stall}: ProgressFacts): string {
  const steps = progress ? ` ${progress.phase} ${Math.floor(percentOf(progress) / 10)}` : '';
  return `${stage}${steps}${timeLeft?.isOverdue === true ? ' overdue' : ''}${stall ? ' silent' : ''}`;
}
