/**
 * Aligned plain tables for terminals of any width. Columns go, least important first, until the rest fits; one flexible
 * column takes what is left and is cut; ids are never cut. No line is wider than the terminal (an id alone excepted) and
 * none ends in a blank.
 */
import type {Paint} from './paint.ts';
import {cleanLine, cutToWidth, displayWidth} from './text.ts';

export interface Cell {
  text: string;
  style?: (text: string) => string;
}

export interface Column<Row> {
  title: string;
  cell: (row: Row) => Cell | string;
  /** 1 stays always, 2 from 60 columns of terminal on, 3 and more from 80; higher ones go first when it is tight. */
  priority: number;
  isNumber?: boolean;
  /** Takes what is left, but not less than `minWidth`. At most one. */
  isFlexible?: boolean;
  /** Of a flexible column: columns of priority 3 and more go rather than leave it less than this. */
  goodWidth?: number;
  /** Keeps a column from jumping while its content changes. */
  minWidth?: number;
  /** Longer content is cut. */
  maxWidth?: number;
}

export interface TableOptions {
  /** Columns of the terminal. */
  width: number;
  /** Of them, how many the caller needs for something in front of each line. */
  margin?: number;
  paint: Paint;
}

export interface TableLines {
  head: string;
  rows: string[];
}

const GAP = 2;
const FULL_WIDTH = 80;
const MEDIUM_WIDTH = 60;

/** Head and rows as one text without a final line break. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  options: TableOptions,
): string {
  const lines = layTable(columns, rows, options);
  return [lines.head, ...lines.rows].join('\n');
}

/** The same as lines. */
export function layTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  options: TableOptions,
): TableLines {
  const measured = columns.map((column) => measure(column, rows));
  const laid = fit(
    measured.filter(({isEmpty}) => !isEmpty || rows.length === 0),
    options,
  );
  const {paint} = options;
  return {
    head: joinCells(
      laid.map((column) => ({column, cell: {text: column.title, style: paint.faint}})),
      paint,
    ),
    rows: rows.map((_, index) =>
      joinCells(
        laid.map((column) => ({column, cell: column.cells[index] ?? {text: ''}})),
        paint,
      ),
    ),
  };
}

interface Laid {
  title: string;
  priority: number;
  isNumber: boolean;
  isFlexible: boolean;
  minWidth: number;
  goodWidth: number;
  cells: Cell[];
  width: number;
  isEmpty: boolean;
}

function measure<Row>(column: Column<Row>, rows: readonly Row[]): Laid {
  const cells = rows.map((row) => toCell(column.cell(row)));
  const longest = cells.reduce(
    (width, {text}) => Math.max(width, displayWidth(text)),
    displayWidth(column.title),
  );
  const minWidth = column.minWidth ?? 0;
  return {
    title: column.title,
    priority: column.priority,
    isNumber: column.isNumber ?? false,
    isFlexible: column.isFlexible ?? false,
    minWidth,
    goodWidth: column.goodWidth ?? minWidth,
    cells,
    width: Math.min(Math.max(longest, minWidth), column.maxWidth ?? Infinity),
    isEmpty: minWidth === 0 && cells.every(({text}) => text === ''),
  };
}

function toCell(cell: Cell | string): Cell {
  return typeof cell === 'string' ? {text: cleanLine(cell)} : {...cell, text: cleanLine(cell.text)};
}

/** Drops what the class of terminal does not show, then what does not fit, then gives the rest to the flexible column. */
function fit(columns: readonly Laid[], {width: terminal, margin = 0}: TableOptions): Laid[] {
  const width = terminal - margin;
  const shown = terminal >= FULL_WIDTH ? Infinity : terminal >= MEDIUM_WIDTH ? 2 : 1;
  let kept = columns.filter(({priority}) => priority <= shown);
  while (kept.length > 1 && leastWidth(kept) > width) {
    const last = Math.max(...kept.slice(1).map(({priority}) => priority));
    const dropped = kept.findLastIndex(({priority}) => priority === last);
    kept = kept.filter((_, index) => index !== dropped);
  }
  const spare =
    width - kept.reduce((sum, column) => sum + (column.isFlexible ? GAP : column.width + GAP), -GAP);
  return kept.map((column) =>
    column.isFlexible ? {...column, width: Math.min(column.width, spare)} : column,
  );
}

function leastWidth(columns: readonly Laid[]): number {
  const isTight = columns.every(({priority}) => priority <= 2);
  const least = (column: Laid): number => (isTight ? column.minWidth : column.goodWidth);
  const widths = columns.map((column) =>
    column.isFlexible ? Math.min(column.width, least(column)) : column.width,
  );
  return widths.reduce((sum, width) => sum + width + GAP, -GAP);
}

/** Pads and paints; the last cell that has text ends the line. */
function joinCells(parts: readonly {column: Laid; cell: Cell}[], paint: Paint): string {
  const cut = parts.map(({column, cell}) => ({
    ...column,
    style: cell.style,
    text: cutToWidth(cell.text, column.width, paint.signs.ellipsis).trimEnd(),
  }));
  const last = cut.findLastIndex(({text}) => text !== '');
  const cells = cut.slice(0, last + 1).map(({text, width, isNumber, style}, index) => {
    const pad = ' '.repeat(Math.max(0, width - displayWidth(text)));
    const painted = style ? style(text) : text;
    if (isNumber) return pad + painted;
    return index === last ? painted : painted + pad;
  });
  return cells.join(' '.repeat(GAP));
}
