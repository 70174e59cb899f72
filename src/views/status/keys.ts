/** Every key of the dashboard, once: the dispatcher, the help and the footer all read this table. */

export type Action =
  | 'up'
  | 'down'
  | 'pageUp'
  | 'pageDown'
  | 'first'
  | 'last'
  | 'switch'
  | 'detail'
  | 'log'
  | 'cancel'
  | 'help'
  | 'back'
  | 'leave'
  | 'yes'
  | 'no';

/** Where a key counts: `confirm` is the question before a cancel, `normal` everything else. */
export type Mode = 'normal' | 'confirm';

export interface Binding {
  action: Action;
  mode: Mode;
  /** As `nameKey` names them. */
  keys: readonly string[];
  /** How the keys are shown. */
  label: string;
  help: string;
  /** How the footer calls the key. */
  short: string;
  /** Words for the footer of the list and of a full view; without one only the help lists the key. */
  hints?: {list?: string; full?: string};
}

/** One line for each key. */
// prettier-ignore
export const BINDINGS: readonly Binding[] = [
  {action: 'up', mode: 'normal', keys: ['up', 'k'], label: 'up, k', short: 'k', help: 'the run above; in a full view: scroll up'},
  {action: 'down', mode: 'normal', keys: ['down', 'j'], label: 'down, j', short: 'j/k', help: 'the run below; in a full view: scroll down', hints: {list: 'choose', full: 'scroll'}},
  {action: 'pageUp', mode: 'normal', keys: ['pageup', 'ctrl-b'], label: 'page up', short: 'pgup', help: 'a screen up'},
  {action: 'pageDown', mode: 'normal', keys: ['pagedown', 'ctrl-f', ' '], label: 'page down', short: 'pgdn', help: 'a screen down'},
  {action: 'first', mode: 'normal', keys: ['g', 'home'], label: 'g, home', short: 'g', help: 'the first run; in a full view: the beginning'},
  {action: 'last', mode: 'normal', keys: ['G', 'end'], label: 'G, end', short: 'G', help: 'the last run; in a log: follow its end'},
  {action: 'switch', mode: 'normal', keys: ['tab'], label: 'tab', short: 'tab', help: 'details or log of the chosen run', hints: {list: 'details/log', full: 'details/log'}},
  {action: 'detail', mode: 'normal', keys: ['return'], label: 'enter', short: 'enter', help: 'everything about the chosen run', hints: {list: 'more'}},
  {action: 'log', mode: 'normal', keys: ['l'], label: 'l', short: 'l', help: 'its log on the whole screen', hints: {list: 'log'}},
  {action: 'cancel', mode: 'normal', keys: ['x'], label: 'x', short: 'x', help: 'cancel it; asks first', hints: {list: 'cancel'}},
  {action: 'back', mode: 'normal', keys: ['escape'], label: 'esc', short: 'esc', help: 'back to the list', hints: {full: 'back'}},
  {action: 'help', mode: 'normal', keys: ['?', 'h'], label: '?', short: '?', help: 'this help', hints: {list: 'help', full: 'help'}},
  {action: 'leave', mode: 'normal', keys: ['q', 'ctrl-c'], label: 'q, ctrl-c', short: 'q', help: 'leave; runs go on', hints: {list: 'leave', full: 'leave'}},
  {action: 'yes', mode: 'confirm', keys: ['y', 'Y'], label: 'y', short: 'y', help: 'cancel the run'},
  {action: 'no', mode: 'confirm', keys: ['n', 'N', 'escape', 'q'], label: 'n', short: 'n', help: 'keep it'},
  {action: 'leave', mode: 'confirm', keys: ['ctrl-c'], label: 'ctrl-c', short: 'ctrl-c', help: 'leave without cancelling'},
];

/** The part of Ink's key that matters here. */
export interface KeyFlags {
  upArrow: boolean;
  downArrow: boolean;
  pageUp: boolean;
  pageDown: boolean;
  home: boolean;
  end: boolean;
  return: boolean;
  escape: boolean;
  tab: boolean;
  ctrl: boolean;
  meta: boolean;
}

const NAMES = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'return'],
  ['tab', 'tab'],
  ['escape', 'escape'],
] as const;

/** `up`, `ctrl-c`, `G`: one name for what was pressed. */
export function nameKey(input: string, key: KeyFlags): string {
  const special = NAMES.find(([flag]) => key[flag]);
  if (special) return special[1];
  return key.ctrl ? `ctrl-${input}` : key.meta ? `meta-${input}` : input;
}

/** What the key means in this mode. */
export function findAction(name: string, mode: Mode): Action | undefined {
  return BINDINGS.find((binding) => binding.mode === mode && binding.keys.includes(name))?.action;
}
