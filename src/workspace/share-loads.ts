/** Which of several runs load their model once together. */
import {groupBy} from '../platform/group.ts';
import {isSafeOutputName} from '../runner/sums.ts';
import type {Prepared} from './prepared.ts';

/**
 * How many at most: what a job has made comes home when it has ended, and what it had not made when it failed loads the model
 * again.
 */
const MOST_SHARED = 10;

/**
 * Runs of one model and target that differ only in what one job can do for each of them; two or more in each list, in their
 * order. Where several have room side by side on the GPUs of the target, none waits in a list for another.
 */
export function loadsOf(prepared: readonly Prepared[]): Prepared[][] {
  return groupBy(prepared, keyOf)
    .flatMap(inLanes)
    .filter(({length}) => length > 1);
}

function keyOf({sharing, planned, target, modelName, after}: Prepared): string | undefined {
  // A name that may not come home would come home as that of an item.
  const isSafe = planned.plan.outputs.every(({name}) => isSafeOutputName(name));
  const key = isSafe ? sharing?.keyOf(planned.normal) : undefined;
  return key === undefined ? undefined : JSON.stringify([target.name, modelName, after, key]);
}

function inLanes(runs: readonly Prepared[]): Prepared[][] {
  const [first] = runs;
  const lanes = Math.floor((first?.gpusThere ?? 1) / (first?.planned.plan.gpus ?? 1));
  const size = Math.min(MOST_SHARED, Math.ceil(runs.length / Math.max(1, lanes)));
  return Array.from({length: Math.ceil(runs.length / size)}, (_, lane) =>
    runs.slice(lane * size, (lane + 1) * size),
  );
}
