/** What the dashboard remembers between keys, and how each action changes it. Pure: no clock, no screen, no source. */
import {isTerminal} from '../../runner/transitions.ts';
import type {Action} from './keys.ts';
import type {DashboardRow} from './source.ts';

export type View = 'list' | 'detail' | 'log' | 'help';

export interface UiState {
  view: View;
  /** What is shown beside the list. */
  pane: 'detail' | 'log';
  /** The chosen run; undefined until there is one. */
  selected: string | undefined;
  /** Where it was, in case that it goes away. */
  index: number;
  /** Lines scrolled in a full view: from the top in a detail, from the end in a log. */
  scroll: number;
  /** The run that a cancel was asked for and not yet confirmed. */
  confirming: string | undefined;
  /** An answer to the last key, until the next one. */
  notice: string | undefined;
}

export const INITIAL: UiState = {
  view: 'list',
  pane: 'detail',
  selected: undefined,
  index: 0,
  scroll: 0,
  confirming: undefined,
  notice: undefined,
};

/** What the screen knows when a key is pressed. */
export interface UiFacts {
  rows: readonly DashboardRow[];
  /** Rows or lines of one screen. */
  page: number;
  /** How far a full view can be scrolled. */
  maxScroll: number;
  /** Whether something is shown beside the list. */
  hasPane: boolean;
}

/** Keeps the choice on its run while rows move; takes the neighbour when it is gone. */
export function choose(ui: UiState, rows: readonly DashboardRow[]): UiState {
  const found = rows.findIndex(({summary}) => summary.id === ui.selected);
  const index = found >= 0 ? found : Math.min(ui.index, Math.max(0, rows.length - 1));
  const selected = rows[index]?.summary.id;
  if (index === ui.index && selected === ui.selected) return ui;
  return {...ui, index, selected, scroll: found >= 0 ? ui.scroll : 0};
}

/** How far each movement goes. */
const STEPS: Partial<Record<Action, number>> = {
  up: -1,
  down: 1,
  pageUp: -1,
  pageDown: 1,
  first: -Infinity,
  last: Infinity,
};
const PAGED: ReadonlySet<Action> = new Set(['pageUp', 'pageDown']);

/** The state after an action. `leave` and `yes` have their effects elsewhere. */
export function act(before: UiState, action: Action, facts: UiFacts): UiState {
  const ui = {...before, notice: undefined};
  const steps = STEPS[action];
  if (steps !== undefined) return move(ui, steps * (PAGED.has(action) ? facts.page : 1), facts);
  switch (action) {
    case 'switch':
      return switchPane(ui, facts.hasPane);
    case 'detail':
      return open(ui, 'detail');
    case 'log':
      return open(ui, 'log');
    case 'help':
      return {...ui, view: ui.view === 'help' ? 'list' : 'help'};
    case 'back':
      return {...ui, view: 'list', scroll: 0};
    case 'cancel':
      return askCancel(ui, facts);
    case 'yes':
    case 'no':
      return {...ui, confirming: undefined};
    default:
      return ui;
  }
}

/** Down is further down the text, which in a log is nearer to its end. */
function move(ui: UiState, by: number, {rows, maxScroll}: UiFacts): UiState {
  if (ui.view === 'help') return ui;
  if (ui.view === 'list') {
    const index = clamp(ui.index + by, rows.length - 1);
    return {...ui, index, selected: rows[index]?.summary.id};
  }
  const down = ui.view === 'log' ? -by : by;
  return {...ui, scroll: clamp(Math.min(ui.scroll, maxScroll) + down, maxScroll)};
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}

function switchPane(ui: UiState, hasPane: boolean): UiState {
  if (ui.view === 'list' && !hasPane) return open(ui, 'detail');
  if (ui.view === 'list') return {...ui, pane: ui.pane === 'detail' ? 'log' : 'detail'};
  if (ui.view === 'help') return ui;
  return {...ui, view: ui.view === 'detail' ? 'log' : 'detail', scroll: 0};
}

/** The same key closes what it opened. */
function open(ui: UiState, view: 'detail' | 'log'): UiState {
  if (ui.selected === undefined) return ui;
  return {...ui, view: ui.view === view ? 'list' : view, scroll: 0};
}

function askCancel(ui: UiState, {rows}: UiFacts): UiState {
  const run = rows.find(({summary}) => summary.id === ui.selected)?.summary;
  if (!run || ui.view === 'help') return ui;
  if (isTerminal(run.status))
    return {...ui, notice: `This run has ended (${run.status}); there is nothing to cancel.`};
  if (run.isCancelRequested) return {...ui, notice: 'This run was already asked to stop.'};
  return {...ui, confirming: run.id};
}
