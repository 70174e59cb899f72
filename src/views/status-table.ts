/** What `cosmos status` prints where there is no terminal: one table, active runs first, each fact with its age. */
import type {Now} from '../platform/clock.ts';
import {isTerminal} from '../runner/transitions.ts';
import {plural} from './format.ts';
import type {Paint} from './paint.ts';
import {PREVIEW_LEGEND} from './run-list.ts';
import {orderRows} from './status/row-order.ts';
import {rowColumns} from './status/row-columns.ts';
import type {DashboardRow} from './status/source.ts';
import {renderTable} from './table.ts';
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
  const notes = [`${summary} SEEN is how long ago the newest fact was true.`];
  if (shown.some(({summary: {kind}}) => kind === 'preview')) notes.push(PREVIEW_LEGEND);
  if (shown.length === 0) return 'No run is active, and none has ended yet. cosmos run starts one.';
  const lines = notes.flatMap((note) => wrapToWidth(note, width)).map((line) => paint.faint(line));
  return [renderTable(rowColumns(paint, now()), shown, {width, paint}), '', ...lines].join('\n');
}
