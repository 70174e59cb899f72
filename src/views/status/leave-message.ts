/** The line that stays behind when the dashboard is left. */
import {isTerminal} from '../../runner/transitions.ts';
import {plural} from '../format.ts';
import type {DashboardRow, DashboardState} from './source.ts';

/** Says which runs go on by themselves, which wait for a cosmos command, and how to return. */
export function leaveMessage({rows}: Pick<DashboardState, 'rows'>): string {
  const active = rows.filter(({summary}) => !isTerminal(summary.status));
  if (active.length === 0) return 'No run is active. To return: cosmos status; every run: cosmos list';
  const going = active.filter(isGoing).length;
  const waiting = active.length - going;
  const parts = [
    ...(going > 0 ? [plural(going, 'run goes on', 'runs go on')] : []),
    ...(waiting > 0 ? [`${plural(waiting, 'run waits', 'runs wait')} for a cosmos command`] : []),
  ];
  return `${parts.join('; ')}. To return: cosmos status`;
}

/** The target works without us while a job runs; everything else needs a cosmos that carries it on. */
function isGoing({summary, isDrivenElsewhere}: DashboardRow): boolean {
  return isDrivenElsewhere === true || summary.status === 'running';
}
