/** One line: which workspace, how many runs are in which status, how old the newest fact is. */
import {Text} from 'ink';
import type {ReactElement} from 'react';
import {isTerminal, type RunStatus} from '../../runner/transitions.ts';
import {formatAge, formatCount, since} from '../format.ts';
import {statusWord, type Paint} from '../paint.ts';
import {cleanLine, cutToWidth, displayWidth} from '../text.ts';
import {factTime} from './row-columns.ts';
import type {DashboardState} from './source.ts';

export interface HeaderProps {
  workspace: string;
  state: DashboardState;
  width: number;
  paint: Paint;
  now: number;
}

export function Header({workspace, state, width, paint, now}: HeaderProps): ReactElement {
  const {separator, ellipsis} = paint.signs;
  const isNarrow = width < NARROW;
  const name = workspace === '' ? 'cosmos' : isNarrow ? workspace : `cosmos ${separator} ${workspace}`;
  const title = cutToWidth(cleanLine(name), Math.floor(width / 2), ellipsis);
  const age = ageText(state, now, isNarrow);
  const room = width - displayWidth(title) - (age === '' ? 0 : age.length + GAP);
  const counts = countTexts(state, paint);
  const fitting = counts.slice(0, fittingCount(counts, room));
  const used = fitting.reduce((sum, {plain}) => sum + displayWidth(plain) + GAP, 0);
  const blank = ' '.repeat(Math.max(0, room - used) + GAP);
  const text = [paint.strong(title), ...fitting.map(({painted}) => painted)].join(' '.repeat(GAP));
  return <Text wrap="truncate-end">{age === '' ? text : text + blank + paint.faint(age)}</Text>;
}

const GAP = 2;
const NARROW = 70;

interface Count {
  plain: string;
  painted: string;
}

/** What needs attention first comes first, as the end may not fit. */
const ORDER: readonly RunStatus[] = [
  'running',
  'queued',
  'preparing',
  'uploading',
  'submitted',
  'collecting',
  'failed',
  'completed',
  'cancelled',
];

/** `● 2 running`. Runs that have ended are counted only when all of them were. */
function countTexts({rows, counts}: DashboardState, paint: Paint): Count[] {
  return ORDER.flatMap((status) => {
    const shown = isTerminal(status) ? 0 : rows.filter(({summary}) => summary.status === status).length;
    const count = counts?.[status] ?? shown;
    if (count === 0) return [];
    const {text, style} = statusWord({status, isCancelRequested: false}, paint);
    const plain = text.replace(' ', ` ${formatCount(count)} `);
    return [{plain, painted: style(plain)}];
  });
}

function fittingCount(counts: readonly Count[], room: number): number {
  let used = 0;
  const over = counts.findIndex(({plain}) => (used += displayWidth(plain) + GAP) > room);
  return over < 0 ? counts.length : over;
}

function ageText({rows}: DashboardState, now: number, isNarrow: boolean): string {
  const newest = rows.map(factTime).reduce((latest, time) => (time > latest ? time : latest), '');
  if (newest === '') return '';
  const age = formatAge(since(newest, now));
  return isNarrow ? age : `newest fact ${age}`;
}
