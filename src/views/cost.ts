/** What a run costs, price times time: exact once it has ended, and marked as such while its job runs. */
import type {RunSummary} from '../manifest/index/derive.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {phaseTimes} from '../runner/transitions.ts';
import type {Prices} from '../workspace/prices.ts';
import {formatCost, formatDuration, formatElapsed, since} from './format.ts';

export interface CostOptions {
  /** Of the targets; without it only ended runs have a cost. */
  prices?: Prices | undefined;
  now: number;
}

const HOUR_MS = 3_600_000;

/** `1.24 USD`, or `0.31 USD so far`; nothing where nobody said a price. */
export function shortCost(run: RunSummary, options: CostOptions): string {
  if (run.cost) return formatCost(run.cost);
  const running = run.status === 'running' ? run.since : undefined;
  return soFar(running, run.target, options)?.text ?? '';
}

/** The same with what it comes of: `1.24 USD, 30 m 00 s at 2.49 USD/h`. */
export function fullCost(run: RunDocument, options: CostOptions): string {
  const {cost, execution} = run;
  if (cost) {
    const ms = (execution.phaseMs ?? phaseTimes(run)).running;
    if (cost.pricePerHour === undefined || ms === undefined) return formatCost(cost);
    return `${formatCost(cost)}, ${formatDuration(ms)} at ${cost.pricePerHour} ${cost.currency}/h`;
  }
  const running = run.status === 'running' ? run.events.at(-1)?.at : undefined;
  const known = soFar(running, execution.target, options);
  return known ? `${known.text}, ${formatElapsed(known.ms)} at ${known.price}` : '';
}

/** From when the job was seen to run, which is a moment after it started. */
function soFar(
  start: string | undefined,
  target: string,
  {prices = {}, now}: CostOptions,
): {text: string; ms: number; price: string} | undefined {
  const price = prices[target];
  if (!price || start === undefined) return undefined;
  const {perHour, currency} = price;
  const ms = Math.max(0, since(start, now));
  const amount = (ms / HOUR_MS) * perHour;
  return {text: `${formatCost({amount, currency})} so far`, ms, price: `${perHour} ${currency}/h`};
}
