/** The columns that the dashboard and the printed status share. */
import {shortId} from '../../manifest/names.ts';
import {isTerminal} from '../../runner/transitions.ts';
import {formatDuration, formatSpan, percentOf, since} from '../format.ts';
import {progressBar, statusWord, type Paint} from '../paint.ts';
import {elapsed} from '../run-list.ts';
import type {Cell, Column} from '../table.ts';
import type {DashboardRow} from './source.ts';

const BAR = 8;

/** `now` in milliseconds since the epoch. */
export function rowColumns(paint: Paint, now: number): Column<DashboardRow>[] {
  return [
    {title: 'RUN', priority: 1, minWidth: 11, cell: ({summary}) => shortId(summary.id)},
    {title: 'STATUS', priority: 1, minWidth: 12, cell: ({summary}) => statusWord(summary, paint)},
    {title: 'PROGRESS', priority: 2, minWidth: 14, maxWidth: 30, cell: (row) => progressCell(row, paint)},
    {title: 'TIME', priority: 3, minWidth: 8, isNumber: true, cell: ({summary}) => formatDuration(wholeSeconds(elapsed(summary, now)))},
    {title: 'SEEN', priority: 1, minWidth: 6, isNumber: true, cell: (row) => formatSpan(since(factTime(row), now))},
    {title: 'KIND', priority: 4, maxWidth: 20, cell: ({summary}) => kindCell(summary, paint)},
    {title: 'PROMPT', priority: 2, isFlexible: true, minWidth: 12, cell: ({summary}) => summary.name ?? summary.prompt ?? ''},
  ];
}

/** When the newest thing that is known of the run was true. */
export function factTime({summary, lastProofAt}: DashboardRow): string {
  return lastProofAt !== undefined && lastProofAt > summary.since ? lastProofAt : summary.since;
}

/** Tenths of a second would flicker in a table that is redrawn. */
function wholeSeconds(ms: number): number {
  return ms < 9950 ? ms : Math.floor(ms / 1000) * 1000;
}

/** `████░░░░  52 % compose`; what ended says how. */
function progressCell(row: DashboardRow, paint: Paint): Cell {
  const {summary, progress, stage} = row;
  if (isTerminal(summary.status)) return {text: summary.failure ?? ''};
  const elsewhere = row.isDrivenElsewhere === true ? ' (other window)' : '';
  if (progress) {
    const percent = percentOf(progress);
    const bar = `${progressBar(percent, BAR, paint)} ${String(percent).padStart(3)} %`;
    return {text: `${bar} ${progress.phase}${elsewhere}`, style: paint.busy};
  }
  return {text: `${stage === summary.status ? '' : stage}${elsewhere}`.trimStart()};
}

function kindCell({kind, model}: DashboardRow['summary'], paint: Paint): Cell {
  const text = model === kind ? kind : `${kind} ${model}`;
  return kind === 'preview' ? {text, style: paint.warn} : {text};
}
