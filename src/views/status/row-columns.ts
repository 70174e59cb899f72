/** The columns that the dashboard and the printed status share. */
import {shortId} from '../../manifest/names.ts';
import type {TimeLeft} from '../../runner/estimate.ts';
import {isTerminal} from '../../runner/transitions.ts';
import {describeWaiting, type Waiting} from '../../runner/waiting.ts';
import {formatSpan, percentOf, since} from '../format.ts';
import {progressBar, statusWord, type Paint} from '../paint.ts';
import {timeText} from '../run-list.ts';
import type {Cell, Column} from '../table.ts';
import type {DashboardRow} from './source.ts';

const BAR = 8;

/** `now` in milliseconds since the epoch. */
export function rowColumns(paint: Paint, now: number, rows: readonly DashboardRow[]): Column<DashboardRow>[] {
  return [
    {title: 'RUN', priority: 1, minWidth: 11, cell: ({summary}) => shortId(summary.id)},
    {title: 'STATUS', priority: 1, minWidth: 12, cell: ({summary}) => statusWord(summary, paint)},
    {title: 'PROGRESS', priority: 2, minWidth: BAR + 6, cell: (row) => progressCell(row, paint)},
    {title: 'DOING', priority: 4, minWidth: 8, maxWidth: 20, cell: (row) => doingText(row, now)},
    {title: 'TIME', priority: 5, minWidth: 8, isNumber: true, cell: ({summary}) => timeText(summary, now)},
    ...(rows.some(({timeLeft}) => timeLeft) ? [leftColumn(paint)] : []),
    {
      title: 'SEEN',
      priority: 1,
      minWidth: 6,
      isNumber: true,
      cell: (row) => formatSpan(since(factTime(row), now)),
    },
    {title: 'KIND', priority: 2, minWidth: 8, cell: ({summary}) => kindCell(summary, paint)},
    {
      title: 'PROMPT',
      priority: 2,
      isFlexible: true,
      minWidth: 7,
      goodWidth: 16,
      cell: ({summary}) => summary.name ?? summary.prompt ?? '',
    },
  ];
}

/** Only there while something is known of any run. */
function leftColumn(paint: Paint): Column<DashboardRow> {
  const cell = ({timeLeft}: DashboardRow): Cell => ({
    text: timeLeft ? leftText(timeLeft) : '',
    ...(timeLeft?.isOverdue === true && {style: paint.warn}),
  });
  return {title: 'LEFT', priority: 3, minWidth: 7, isNumber: true, cell};
}

/** Short enough for the column: `~2 min`, `overdue`. */
function leftText({leftMs, isOverdue}: TimeLeft): string {
  return isOverdue || leftMs === null ? 'overdue' : `~${formatSpan(leftMs)}`;
}

/** When the newest thing that is known of the run was true. */
export function factTime({summary, lastProofAt}: DashboardRow): string {
  return lastProofAt !== undefined && lastProofAt > summary.since ? lastProofAt : summary.since;
}

/** `████░░░░  52 %`, or why there is none: `unreachable`, `silent 12 min`, `2 of 3 in line`. It is there on narrow screens too. */
function progressCell({summary, progress, stage, stall}: DashboardRow, paint: Paint): Cell {
  if (stage === 'unreachable') return {text: stage, style: paint.warn};
  if (stall) return {text: `silent ${formatSpan(stall.silentMs)}`, style: paint.warn};
  if (summary.waiting) return {text: waitingText(summary.waiting)};
  if (!progress || progress.total === 0 || isTerminal(summary.status)) return {text: ''};
  const percent = percentOf(progress);
  return {text: `${progressBar(percent, BAR, paint)} ${String(percent).padStart(3)} %`, style: paint.busy};
}

/** Short enough for the column. */
function waitingText(waiting: Waiting): string {
  if (waiting.for === 'release') return 'held in line';
  if (waiting.for === 'runs') return 'after others';
  return `${waiting.place ?? '?'} of ${waiting.of ?? '?'} in line`;
}

/** The phase, or the stage where it says more than status and progress; why it failed; who else carries it on. */
function doingText(row: DashboardRow, now: number): string {
  const {summary, progress, stage, unreachableSince, isDrivenElsewhere} = row;
  if (isTerminal(summary.status)) return summary.failure ?? '';
  const {waiting} = summary;
  const known = waiting?.for === 'runs' ? describeWaiting(waiting) : (progress?.phase ?? stage);
  const isSaid = (waiting && waiting.for !== 'runs') || known === summary.status;
  const silence = unreachableSince === undefined ? '' : `for ${formatSpan(since(unreachableSince, now))}`;
  const doing = stage === 'unreachable' ? silence : isSaid ? '' : known;
  return isDrivenElsewhere === true ? `${doing} (elsewhere)`.trimStart() : doing;
}

/** The model would take the room of the prompt; the details name it. */
function kindCell({kind}: DashboardRow['summary'], paint: Paint): Cell {
  return kind === 'preview' ? {text: kind, style: paint.warn} : {text: kind};
}
