/** How much longer runs will take: what earlier runs took, and how much of the work is done. */
import type {RunnerContext} from '../runner/context.ts';
import {estimateLeft, type Delay, type TimeLeft} from '../runner/estimate.ts';
import {Durations} from './durations.ts';

type Seen = Pick<RunnerContext, 'index' | 'now' | 'sightings'>;

/** For one look, or for as long as somebody watches: the history of a run is read once. */
export class TimesLeft {
  readonly #context: Seen;
  readonly #durations = new Map<string, Delay>();

  constructor(context: Seen) {
    this.#context = context;
  }

  /**
   * Undefined when nobody knows, and for a run whose job does not run, is being stopped, or may have ended on a target that
   * does not answer. Counted from when cosmos saw the job start, by the clock of this machine alone: that of the target may
   * be wrong.
   * @param share how much of the work is done, 0 to 1
   */
  of(id: string, share?: number): TimeLeft | undefined {
    const {index, now, sightings} = this.#context;
    const run = index.getRun(id);
    if (run?.status !== 'running' || run.isCancelRequested || sightings.of(id)?.unreachable) return undefined;
    const known = this.#durations.get(id);
    const duration = known === undefined ? new Durations(index).ofRun(run) : known;
    this.#durations.set(id, duration);
    return estimateLeft(duration, now() - Date.parse(run.since), share);
  }
}
