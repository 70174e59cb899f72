/** What `cosmos status` prints where there is no terminal: one table, active runs first, each fact with its age. */
import {shortId} from '../manifest/names.ts';
import type {Now} from '../platform/clock.ts';
import {isTerminal} from '../runner/transitions.ts';
import {formatStall, plural} from './format.ts';
import type {Paint} from './paint.ts';
import {PREVIEW_LEGEND} from './run-list.ts';
import {orderRows} from './status/row-order.ts';
import {rowColumns} from './status/row-columns.ts';
import type {DashboardRow} from './status/source.ts';
import {renderTable, type Column} from './table.ts';
import {wrapToWidth} from './text.ts';

export interface StatusOptions {
  /** Columns of the terminal. */
  width: number;
  paint: Paint;
  now: Now;
}

/** Enough to see how the last ones ended. */
const ENDED = 5;

/** No final line break. SEEN is the age of the newest fact about a run. */
export function renderStatus(rows: readonly DashboardRow[], {width, paint, now}: StatusOptions): string {
  const ordered = orderRows(rows);
  const active = ordered.filter(({summary}) => !isTerminal(summary.status));
  const shown = ordered.slice(0, active.length + ENDED);
  const summary = active.length === 0 ? 'No run is active.' : `${plural(active.length, 'active run')}.`;
  const notes = [`${summary} SEEN is how long ago the newest fact was true.`, ...troubles(active)];
  if (shown.some(({summary: {kind}}) => kind === 'preview')) notes.push(PREVIEW_LEGEND);
  if (shown.length === 0) return 'No run is active, and none has ended yet. cosmos run starts one.';
  const lines = notes.flatMap((note) => wrapToWidth(note, width)).map((line) => paint.faint(line));
  const columns = [...rowColumns(paint, now(), shown), ...placeColumn(shown)];
  return [renderTable(columns, shown, {width, paint}), '', ...lines].join('\n');
}

/** Where it runs, once there is more than one place. */
function placeColumn(rows: readonly DashboardRow[]): Column<DashboardRow>[] {
  if (rows.every(({summary}) => summary.target === 'local')) return [];
  return [{title: 'TARGET', priority: 3, maxWidth: 16, cell: ({summary}) => summary.target}];
}

/** What keeps runs from being carried on, once for each target and reason; and which may hang. */
function troubles(rows: readonly DashboardRow[]): string[] {
  const said = rows.flatMap(({summary: {id, target}, trouble, stage, stall}) => {
    if (stall) return [`${shortId(id)} may hang: ${formatStall(stall)}. It goes on until somebody stops it.`];
    if (trouble === undefined) return [];
    const after = stage === 'unreachable' ? ' Its runs go on; they are shown as they were last seen.' : '';
    return [`${target}: ${trouble}${after}`];
  });
  return [...new Set(said)];
}
