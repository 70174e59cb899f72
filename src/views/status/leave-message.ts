/** The line that stays behind when the dashboard is left. */
import {isTerminal, type RunStatus} from '../../runner/transitions.ts';
import {plural} from '../format.ts';
import type {DashboardState} from './source.ts';

/** Statuses in which the target works without us. */
const ON_THEIR_OWN: readonly RunStatus[] = ['running'];

/** Says which runs go on by themselves, which wait for a cosmos command, and how to return. */
export function leaveMessage({rows}: Pick<DashboardState, 'rows'>): string {
  const active = rows.filter(({summary}) => !isTerminal(summary.status));
  if (active.length === 0)
    return 'No run is active. cosmos status returns here; cosmos list shows every run.';
  const going = active.filter(
    ({summary, isDrivenElsewhere}) => isDrivenElsewhere === true || ON_THEIR_OWN.includes(summary.status),
  );
  const waiting = active.length - going.length;
  const parts = [
    ...(going.length > 0 ? [`${plural(going.length, 'run goes on', 'runs go on')} without this window`] : []),
    ...(waiting > 0
      ? [
          `${plural(waiting, 'run waits', 'runs wait')} until cosmos carries ${waiting === 1 ? 'it' : 'them'} on`,
        ]
      : []),
  ];
  return `${parts.join('; ')}. cosmos status returns here.`;
}
