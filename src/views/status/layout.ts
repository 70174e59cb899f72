/** How the rows of the terminal are shared out. Never more than one row less than there are: a full screen scrolls. */

export interface Size {
  columns: number;
  rows: number;
}

export const LEAST: Size = {columns: 40, rows: 10};
/** Below this there is only the list; details and logs get a screen of their own. */
const PANE_COLUMNS = 60;
/** A pane of fewer lines says nothing. */
const LEAST_PANE = 5;

export interface Layout {
  isTooSmall: boolean;
  /** Rows of the list, without its head. */
  list: number;
  /** Lines beside the list, without its title; 0 when there is no pane. */
  pane: number;
  /** Lines of a full view, without its title. */
  full: number;
}

/** Title of the window, head of the list, footer, and the row that stays free. */
const FRAME = 4;

export function layOut({columns, rows}: Size, runs: number): Layout {
  if (columns < LEAST.columns || rows < LEAST.rows) return {isTooSmall: true, list: 0, pane: 0, full: 0};
  const room = rows - FRAME;
  const full = room;
  if (columns < PANE_COLUMNS) return {isTooSmall: false, list: room, pane: 0, full};
  // The pane's title takes one; the list takes what it needs up to half of the room.
  const list = Math.min(Math.max(1, runs), Math.ceil((room - 1) / 2));
  const pane = room - 1 - list;
  if (pane < LEAST_PANE) return {isTooSmall: false, list: room, pane: 0, full};
  return {isTooSmall: false, list, pane, full};
}

/** Which part of a list is shown so that the chosen entry is in it, near the middle. */
export function windowAround(index: number, total: number, height: number): {from: number; to: number} {
  const from = Math.max(0, Math.min(index - Math.floor(height / 2), total - height));
  return {from, to: Math.min(total, from + height)};
}
