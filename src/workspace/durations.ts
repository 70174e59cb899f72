/**
 * How long jobs run, by what earlier ones took. No guesses: without history nothing is said. Jobs compare best with those of
 * the same shape: what decides how much work it is, on the same target.
 */
import type {RunFacts, RunSummary} from '../manifest/index/derive.ts';
import type {DocumentIndex} from '../manifest/index/document-index.ts';
import {take} from '../platform/take.ts';
import {estimateLeft, medianOf, type Delay} from '../runner/estimate.ts';
import {isObject} from '../runner/json.ts';
import type {Prepared} from './prepared.ts';

/** Fewer of a closer kind say less than all of a wider one. */
const ENOUGH = 3;
/** The newest say most; what a listing of thousands would add is not worth its time. */
export const LOOKED_AT = 1000;

/** What decides how much work a job is; the scene stands for its number of frames. */
export interface Shape extends Pick<RunSummary, 'target' | 'model' | 'kind' | 'scene'> {
  parameters: RunFacts['parameters'];
}

/** Parameters that change how much there is to do, of whatever family. */
const WORK = [
  ...['num_steps', 'num_frames', 'max_frames', 'num_video_frames_per_chunk', 'num_conditional_frames'],
  ...['resolution', 'keep_input_resolution', 'num_gpus', 'frames', 'frame_size'],
];

/** How long jobs run: the middle of what completed runs took, of the closest kind of which there are enough. */
export class Durations {
  readonly #index: DocumentIndex;
  /** What completed runs took, by every shape that they are of; filled when it is first asked for. */
  #took: Map<string, number[]> | undefined;

  constructor(index: DocumentIndex) {
    this.#index = index;
  }

  /** Null without history, and for a load: how long it takes depends on how many members it has. */
  of(shape: Shape): Delay {
    if (shape.kind === 'load') return null;
    this.#took ??= this.#listTook();
    const took = this.#took;
    const found = keysOf(shape).map((key) => took.get(key) ?? []);
    return medianOf(found.find(({length}) => length >= ENOUGH) ?? found.at(-1) ?? []);
  }

  /** Null also for a job of which nothing is known. */
  ofRun(run: RunSummary | null): Delay {
    return run && this.of(this.#shapeOf(run));
  }

  /** Null also for a job that has run for longer than most: nobody knows how much longer. */
  left(run: RunSummary | null, sinceMs: Delay): Delay {
    return sinceMs === null ? null : (estimateLeft(this.ofRun(run), sinceMs)?.leftMs ?? null);
  }

  #listTook(): Map<string, number[]> {
    const took = new Map<string, number[]>();
    for (const run of take(this.#index.listRunsIn('completed'), LOOKED_AT)) {
      if (run.runningMs === undefined) continue;
      for (const key of keysOf(this.#shapeOf(run))) {
        const times = took.get(key) ?? [];
        times.push(run.runningMs);
        took.set(key, times);
      }
    }
    return took;
  }

  #shapeOf(run: RunSummary): Shape {
    return {...run, parameters: this.#index.getFacts(run.id)?.parameters ?? {}};
  }
}

/** From the closest to the widest: of the same shape; of the model on the target; of the model anywhere. */
function keysOf({target, model, kind, scene, parameters}: Shape): string[] {
  const {weights} = parameters;
  const controls = isObject(weights) ? Object.keys(weights).toSorted() : [];
  const work = WORK.map((name) => parameters[name] ?? null);
  const wide = [
    [model, kind, target],
    [model, kind],
  ];
  return [[model, kind, target, scene, controls, work], ...wide].map((key) => JSON.stringify(key));
}

/** The same planned runs, each with the time that it will take, and what is to follow it. */
export function withEstimates(index: DocumentIndex, prepared: readonly Prepared[]): Prepared[] {
  const durations = new Durations(index);
  const withEstimate = (each: Prepared): Prepared => {
    const {kind, scene, parameters} = each.planned.normal;
    const shape = {kind, parameters, model: each.modelName, target: each.target.name};
    const estimatedMs = durations.of({...shape, scene: scene?.name ?? null});
    return {...each, estimatedMs, ...(each.next && {next: withEstimate(each.next)})};
  };
  return prepared.map(withEstimate);
}
