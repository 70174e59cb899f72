/** What can be said of jobs that run, by what earlier ones did: how much longer they take, and whether they may hang. */
import type {RunSummary} from '../manifest/index/derive.ts';
import {take} from '../platform/take.ts';
import type {RunnerContext} from '../runner/context.ts';
import {estimateLeft, type Delay, type TimeLeft} from '../runner/estimate.ts';
import {Durations, LOOKED_AT} from './durations.ts';

type Seen = Pick<RunnerContext, 'index' | 'now' | 'sightings'>;

/** Nothing is heard of a job for longer than of any before. A warning: it goes on until somebody stops it. */
export interface Stall {
  /** Neither did its log grow nor was a GPU of it at work, when its target last answered. */
  silentMs: number;
  /** Of completed runs of the same model. */
  longestMs: number;
}

/** A job that is silent for less is nobody's trouble. */
const WORTH_SAYING_MS = 60_000;
/** Silences are measured in steps of five seconds. */
const ACCURACY_MS = 10_000;

/** For one look, or for as long as somebody watches: history is read once for a run, or for a model. */
export class Outlook {
  readonly #context: Seen;
  readonly #durations = new Map<string, Delay>();
  readonly #silences = new Map<string, Delay>();

  constructor(context: Seen) {
    this.#context = context;
  }

  /**
   * Undefined when nobody knows, and for a run whose job does not run, is being stopped, or may have ended on a target that
   * does not answer. Counted from when cosmos saw the job start, by the clock of this machine alone: that of the target may
   * be wrong.
   * @param share how much of the work is done, 0 to 1
   */
  timeLeft(id: string, share?: number): TimeLeft | undefined {
    const run = this.#findRunning(id);
    if (!run) return undefined;
    const {index, now} = this.#context;
    const duration = remembered(this.#durations, id, () => new Durations(index).ofRun(run));
    return estimateLeft(duration, now() - Date.parse(run.since), share);
  }

  /** Undefined also where no earlier run of the model tells how long is usual. */
  stall(id: string): Stall | undefined {
    const run = this.#findRunning(id);
    const silentMs = this.#context.sightings.of(id)?.silentMs ?? 0;
    if (!run || silentMs < WORTH_SAYING_MS) return undefined;
    const longestMs = remembered(this.#silences, run.model, () => this.#longestOf(run.model));
    return longestMs !== null && silentMs > longestMs + ACCURACY_MS ? {silentMs, longestMs} : undefined;
  }

  #findRunning(id: string): RunSummary | undefined {
    const {index, sightings} = this.#context;
    const run = index.getRun(id);
    if (run?.status !== 'running' || run.isCancelRequested || sightings.of(id)?.unreachable) return undefined;
    return run;
  }

  #longestOf(model: string): Delay {
    let longest: Delay = null;
    for (const run of take(this.#context.index.listRunsIn('completed'), LOOKED_AT)) {
      if (run.model !== model || run.silentMs === undefined) continue;
      longest = Math.max(longest ?? 0, run.silentMs);
    }
    return longest;
  }
}

function remembered(known: Map<string, Delay>, key: string, find: () => Delay): Delay {
  const found = known.get(key) ?? find();
  known.set(key, found);
  return found;
}
