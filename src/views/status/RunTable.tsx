/** The list of runs: only the rows that are on the screen, the chosen one marked by sign and inverse video. */
import {stripVTControlCharacters} from 'node:util';
import type {ReactElement} from 'react';
import type {Paint} from '../paint.ts';
import {layTable} from '../table.ts';
import {padRight} from '../text.ts';
import {windowAround} from './layout.ts';
import {Lines} from './Lines.tsx';
import {rowColumns} from './row-columns.ts';
import type {DashboardRow} from './source.ts';

export interface RunTableProps {
  rows: readonly DashboardRow[];
  /** Of the chosen row. */
  index: number;
  /** Rows without the head. */
  height: number;
  width: number;
  paint: Paint;
  now: number;
}

/** Pointer and a blank. */
const MARK = 2;

export function RunTable({rows, index, height, width, paint, now}: RunTableProps): ReactElement {
  const {from, to} = windowAround(index, rows.length, height);
  const {head, rows: lines} = layTable(rowColumns(paint, now, rows), rows.slice(from, to), {
    width,
    margin: MARK,
    paint,
  });
  const marked = lines.map((line, at) => (from + at === index ? choose(line, width, paint) : `  ${line}`));
  const body =
    rows.length === 0 ? ['  No runs yet. In another window: cosmos run FOLDER --prompt "..."'] : marked;
  return <Lines lines={[`  ${head}`, ...body]} height={height + 1} />;
}

/** Colours inside of inverse video would become coloured backgrounds. */
function choose(line: string, width: number, paint: Paint): string {
  return paint.chosen(padRight(`${paint.signs.pointer} ${stripVTControlCharacters(line)}`, width));
}
