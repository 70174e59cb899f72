/** How long jobs run, by what earlier ones took. No guesses: without history nothing is said. */
import type {RunSummary} from '../manifest/index/derive.ts';
import type {DocumentIndex} from '../manifest/index/document-index.ts';
import {take} from '../platform/take.ts';
import {medianOf, type Delay} from '../runner/estimate.ts';

/** Fewer runs on the target itself say less than those of all targets. */
const ENOUGH = 3;
/** The newest say most; what a listing of thousands would add is not worth its time. */
const LOOKED_AT = 1000;

/** How long jobs run: the middle of what completed runs of the same model took. */
export class Durations {
  readonly #completed: RunSummary[];
  readonly #target: string;

  constructor(index: DocumentIndex, target: string) {
    this.#completed = take(index.listRunsIn('completed'), LOOKED_AT);
    this.#target = target;
  }

  /** Null without history, and for a job of which nothing is known. */
  of(run: Pick<RunSummary, 'model' | 'kind'> | null): Delay {
    if (!run) return null;
    const same = this.#completed.filter(({model, kind}) => model === run.model && kind === run.kind);
    const here = same.filter(({target}) => target === this.#target);
    const chosen = here.length >= ENOUGH ? here : same;
    return medianOf(chosen.flatMap(({runningMs}) => runningMs ?? []));
  }

  /** Null also for a job that has run for longer than most: nobody knows how much longer. */
  left(run: RunSummary | null, sinceMs: Delay): Delay {
    const duration = this.of(run);
    if (duration === null || sinceMs === null || sinceMs >= duration) return null;
    return duration - sinceMs;
  }
}
