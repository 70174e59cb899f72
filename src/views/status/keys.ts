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
  /** One word for the footer; without it only the help lists the key. */
  hint?: string;
}

export const BINDINGS: readonly Binding[] = [
  {action: 'up', mode: 'normal', keys: ['up', 'k'], label: 'up, k', help: 'the run above; in a full view: scroll up'},
  {action: 'down', mode: 'normal', keys: ['down', 'j'], label: 'down, j', help: 'the run below; in a full view: scroll down', hint: 'choose'},
  {action: 'pageUp', mode: 'normal', keys: ['pageup', 'ctrl-b'], label: 'page up', help: 'a screen up'},
  {action: 'pageDown', mode: 'normal', keys: ['pagedown', 'ctrl-f', ' '], label: 'page down', help: 'a screen down'},
  {action: 'first', mode: 'normal', keys: ['g', 'home'], label: 'g, home', help: 'the first run; in a full view: the beginning'},
  {action: 'last', mode: 'normal', keys: ['G', 'end'], label: 'G, end', help: 'the last run; in a log: follow its end'},
  {action: 'switch', mode: 'normal', keys: ['tab'], label: 'tab', help: 'details or log of the chosen run', hint: 'details/log'},
  {action: 'detail', mode: 'normal', keys: ['return'], label: 'enter', help: 'everything about the chosen run', hint: 'all of it'},
  {action: 'log', mode: 'normal', keys: ['l'], label: 'l', help: 'its log on the whole screen', hint: 'log'},
  {action: 'cancel', mode: 'normal', keys: ['x'], label: 'x', help: 'cancel it; asks first', hint: 'cancel'},
  {action: 'back', mode: 'normal', keys: ['escape'], label: 'esc', help: 'back to the list'},
  {action: 'help', mode: 'normal', keys: ['?', 'h'], label: '?', help: 'this help', hint: 'help'},
  {action: 'leave', mode: 'normal', keys: ['q', 'ctrl-c'], label: 'q, ctrl-c', help: 'leave; runs go on', hint: 'leave'},
  {action: 'yes', mode: 'confirm', keys: ['y', 'Y'], label: 'y', help: 'cancel the run'},
  {action: 'no', mode: 'confirm', keys: ['n', 'N', 'escape', 'q'], label: 'n', help: 'keep it'},
  {action: 'leave', mode: 'confirm', keys: ['ctrl-c'], label: 'ctrl-c', help: 'leave without cancelling'},
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
