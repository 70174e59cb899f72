/** The order of rows: what occupies the machine, what waits for it, what has ended; the newest of each first. */
import {isTerminal, TRANSITIONS} from '../../runner/transitions.ts';
import type {DashboardRow} from './source.ts';

const STEPS = Object.keys(TRANSITIONS);

export function orderRows(rows: readonly DashboardRow[]): DashboardRow[] {
  return rows.toSorted((a, b) => rank(b) - rank(a) || b.summary.since.localeCompare(a.summary.since));
}

/** How far a run is; all that have ended are equally far, and last. */
function rank({summary}: DashboardRow): number {
  return isTerminal(summary.status) ? -1 : STEPS.indexOf(summary.status);
}
