/**
 * Where things stand in a TOML text. smol-toml says what a text means, not where; this scanner walks a text that
 * smol-toml has accepted, so it trusts the grammar and only finds where headers, keys and values begin and end.
 * Offsets count UTF-16 units, as string functions do.
 */
import {parse} from 'smol-toml';

/** Names from the root; positions in arrays as decimal strings. */
export type Path = readonly string[];

export interface Part {
  kind: 'table' | 'pair' | 'element';
  path: Path;
  /** The header that the part stands under; the part's own path for a table. */
  header: Path;
  /** True inside an array or an inline table. */
  nested: boolean;
  /** First character of the header, the key or the element. */
  start: number;
  /** First character of the value; `start` for tables and elements. */
  valueStart: number;
  /** Just past the value or the closing bracket. */
  end: number;
}

interface Cursor {
  readonly text: string;
  readonly parts: Part[];
  at: number;
  header: Path;
}

const BLANK = /(?:[ \t\r\n]|#[^\n]*)*/y;
const SPACE = /[ \t]*/y;
const EQUALS = /[ \t]*=[ \t]*/y;
const DOT = /[ \t]*\.[ \t]*/y;
const BARE_KEY = /[A-Za-z0-9_-]+/y;
/** Up to two quotes may stand directly before the three that end a multi-line string. */
const STRING = /"""(?:[^\\]|\\[^])*?"{3,5}(?!")|'''[^]*?'{3,5}(?!')|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y;
/** Numbers, booleans and dates; a date may hold a space. */
const SCALAR = /[^,\]}#\r\n]*[^,\]}#\r\n \t]/y;

/** Every header, pair and array element of a valid TOML text, in the order of the text; parents before children. */
export function scanToml(text: string): Part[] {
  const cursor: Cursor = {text, parts: [], at: text.startsWith('\uFEFF') ? 1 : 0, header: []};
  const lastIndex = new Map<string, number>();
  take(cursor, BLANK);
  while (cursor.at < text.length) {
    if (text[cursor.at] === '[') readHeader(cursor, lastIndex);
    else readPair(cursor, cursor.header, false);
    take(cursor, BLANK);
  }
  return cursor.parts;
}

/** True when `path` begins with every name of `prefix`. */
export function startsWith(path: Path, prefix: Path): boolean {
  return prefix.length <= path.length && prefix.every((name, index) => path[index] === name);
}

/** True for the same names in the same order. */
export function isSamePath(a: Path, b: Path): boolean {
  return a.length === b.length && startsWith(a, b);
}

function take(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0];
  if (found === undefined) throw new Error(`scanToml: nothing readable at offset ${cursor.at}`);
  cursor.at += found.length;
  return found;
}

function readHeader(cursor: Cursor, lastIndex: Map<string, number>): void {
  const start = cursor.at;
  const brackets = cursor.text.startsWith('[[', start) ? 2 : 1;
  cursor.at += brackets;
  const names = readKey(cursor);
  cursor.at += brackets;
  const path = resolveHeader(names, brackets === 2, lastIndex);
  cursor.header = path;
  cursor.parts.push({
    kind: 'table',
    path,
    header: path,
    nested: false,
    start,
    valueStart: start,
    end: cursor.at,
  });
}

/** A header names the last table of every array of tables on its way; `[[x]]` begins a new one. */
function resolveHeader(names: Path, isArray: boolean, lastIndex: Map<string, number>): Path {
  const path: string[] = [];
  names.forEach((name, depth) => {
    path.push(name);
    const id = JSON.stringify(path);
    const last = lastIndex.get(id);
    if (isArray && depth === names.length - 1) {
      lastIndex.set(id, (last ?? -1) + 1);
      path.push(String((last ?? -1) + 1));
    } else if (last !== undefined) path.push(String(last));
  });
  return path;
}

function readPair(cursor: Cursor, base: Path, nested: boolean): void {
  const start = cursor.at;
  const path = [...base, ...readKey(cursor)];
  take(cursor, EQUALS);
  readValue(cursor, {
    kind: 'pair',
    path,
    header: cursor.header,
    nested,
    start,
    valueStart: cursor.at,
    end: 0,
  });
}

function readKey(cursor: Cursor): Path {
  const names: string[] = [];
  take(cursor, SPACE);
  for (;;) {
    const isQuoted = cursor.text[cursor.at] === '"' || cursor.text[cursor.at] === "'";
    names.push(isQuoted ? unquoteKey(take(cursor, STRING)) : take(cursor, BARE_KEY));
    const behind = cursor.at;
    take(cursor, SPACE);
    if (cursor.text[cursor.at] !== '.') return names;
    cursor.at = behind;
    take(cursor, DOT);
  }
}

function unquoteKey(quoted: string): string {
  return Object.keys(parse(`${quoted} = 0`))[0] ?? '';
}

function readValue(cursor: Cursor, part: Part): void {
  cursor.parts.push(part);
  switch (cursor.text[cursor.at]) {
    case '"':
    case "'":
      take(cursor, STRING);
      break;
    case '[':
      readArray(cursor, part.path);
      break;
    case '{':
      readInlineTable(cursor, part.path);
      break;
    default:
      take(cursor, SCALAR);
  }
  part.end = cursor.at;
}

function readArray(cursor: Cursor, path: Path): void {
  readList(cursor, ']', (index) => {
    const start = cursor.at;
    const part = {kind: 'element', path: [...path, String(index)], header: cursor.header} as const;
    readValue(cursor, {...part, nested: true, start, valueStart: start, end: 0});
  });
}

function readInlineTable(cursor: Cursor, path: Path): void {
  readList(cursor, '}', () => readPair(cursor, path, true));
}

/** From the opening to the closing bracket, one call for each member; a comma may follow the last one. */
function readList(cursor: Cursor, closing: string, readMember: (index: number) => void): void {
  cursor.at += 1;
  take(cursor, BLANK);
  for (let index = 0; cursor.text[cursor.at] !== closing; index++) {
    readMember(index);
    take(cursor, BLANK);
    if (cursor.text[cursor.at] === ',') cursor.at += 1;
    take(cursor, BLANK);
  }
  cursor.at += 1;
}
