/**
 * Colour and signs, decided once for a stream. Colour never says anything alone: every status has a sign and a word.
 * Without colour the functions of a paint give back what they got.
 */
import type {RunDocument} from '../manifest/types.gen.ts';
import {isTerminal} from '../runner/transitions.ts';

type Status = RunDocument['status'];
type Style = (text: string) => string;

export interface Signs {
  done: string;
  failed: string;
  active: string;
  queued: string;
  cancelled: string;
  /** Where a line was cut. */
  ellipsis: string;
  /** The chosen row, the primary output. */
  pointer: string;
  rule: string;
  full: string;
  empty: string;
  separator: string;
}

const UNICODE: Signs = {
  done: '✓',
  failed: '✗',
  active: '●',
  queued: '◌',
  cancelled: '⊘',
  ellipsis: '…',
  pointer: '▸',
  rule: '─',
  full: '█',
  empty: '░',
  separator: '·',
};

const ASCII: Signs = {
  done: '+',
  failed: 'x',
  active: '*',
  queued: '.',
  cancelled: '-',
  ellipsis: '...',
  pointer: '>',
  rule: '-',
  full: '#',
  empty: '.',
  separator: '|',
};

export interface Paint {
  strong: Style;
  faint: Style;
  good: Style;
  bad: Style;
  warn: Style;
  busy: Style;
  /** The chosen row. */
  chosen: Style;
  signs: Signs;
}

export interface PaintOptions {
  hasColor: boolean;
  isUnicode: boolean;
}

/** SGR pairs (ECMA-48): each closes only what it opened, so that they can be nested. */
const sgr =
  (open: number, close: number): Style =>
  (text) =>
    text === '' ? '' : `\u001B[${open}m${text}\u001B[${close}m`;

const same: Style = (text) => text;

export function makePaint({hasColor, isUnicode}: PaintOptions): Paint {
  const style = hasColor ? sgr : () => same;
  return {
    strong: style(1, 22),
    faint: style(2, 22),
    good: style(32, 39),
    bad: style(31, 39),
    warn: style(33, 39),
    busy: style(36, 39),
    chosen: style(7, 27),
    signs: isUnicode ? UNICODE : ASCII,
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What the stream and its surroundings can show. */
export function paintFor(
  stream: {isTTY?: boolean | undefined},
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): Paint {
  return makePaint({hasColor: hasColor(stream, env), isUnicode: isUnicode(env, platform)});
}

/** FORCE_COLOR wins, as in Node; then NO_COLOR (no-color.org: any value that is not empty). */
function hasColor(stream: {isTTY?: boolean | undefined}, env: Environment): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if ((env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return false;
  return stream.isTTY === true;
}

/** By the locale (POSIX order of precedence); on Windows by the terminals that are known to do it. */
function isUnicode(env: Environment, platform: NodeJS.Platform): boolean {
  if (platform === 'win32') {
    return ['WT_SESSION', 'TERM_PROGRAM', 'ConEmuTask', 'TERM'].some((name) => (env[name] ?? '') !== '');
  }
  // The font of the kernel's own console lacks most signs.
  if (env['TERM'] === 'linux') return false;
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => (value ?? '') !== '');
  return locale === undefined ? platform === 'darwin' : /utf-?8/i.test(locale);
}

export interface StatusWord {
  text: string;
  style: Style;
}

/** Sign and word of a status: `✓ completed`; a run that was asked to stop says so until it has. */
export function statusWord(run: {status: Status; isCancelRequested: boolean}, paint: Paint): StatusWord {
  const {signs} = paint;
  if (run.isCancelRequested && !isTerminal(run.status)) {
    return {text: `${signs.active} cancelling`, style: paint.warn};
  }
  switch (run.status) {
    case 'queued':
      return {text: `${signs.queued} queued`, style: paint.faint};
    case 'completed':
      return {text: `${signs.done} completed`, style: paint.good};
    case 'failed':
      return {text: `${signs.failed} failed`, style: paint.bad};
    case 'cancelled':
      return {text: `${signs.cancelled} cancelled`, style: paint.warn};
    default:
      return {text: `${signs.active} ${run.status}`, style: paint.busy};
  }
}

/** `██████░░░░`, never full before it is done. */
export function progressBar(percent: number, width: number, {signs}: Paint): string {
  const filled = Math.floor((Math.min(100, Math.max(0, percent)) / 100) * width);
  return signs.full.repeat(filled) + signs.empty.repeat(width - filled);
}
