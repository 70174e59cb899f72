/** The places where a key of a TOML text can be changed, added or removed: each answers one replacement of one range. */
import {formatKey} from './format.ts';
import type {Part, Path} from './scan.ts';

/** Replace `text.slice(start, end)`. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** A key with its formatted value. */
export interface Line {
  path: Path;
  value: string;
}

/** Only the value changes; a comment that stands two or more spaces behind keeps its column as long as there is room. */
export function replaceValue(text: string, pair: Part, value: string): Edit {
  const old = text.slice(pair.valueStart, pair.end);
  const gap = /^( {2,})#/.exec(text.slice(pair.end))?.[1];
  if (gap === undefined || old.includes('\n')) return {start: pair.valueStart, end: pair.end, text: value};
  const spaces = Math.max(1, gap.length + old.length - value.length);
  return {start: pair.valueStart, end: pair.end + gap.length, text: value + ' '.repeat(spaces)};
}

/** Adds a member at the end of `{...}`, behind the member that ends last. */
export function insertInline(parts: readonly Part[], table: Part, member: string): Edit {
  const isInside = (each: Part): boolean => each.start > table.valueStart && each.end < table.end;
  const ends = parts.filter((each) => each.kind === 'pair' && isInside(each)).map((each) => each.end);
  const at = ends.length > 0 ? Math.max(...ends) : table.valueStart + 1;
  return {start: at, end: at, text: ends.length > 0 ? `, ${member}` : ` ${member} `};
}

/**
 * Adds a line to a table: behind the line that holds the same key as a comment, else behind the table's last pair, else
 * behind its header. Indented as the pairs of the table are.
 */
export function insertUnderHeader(text: string, parts: readonly Part[], header: Part, line: Line): Edit {
  const own = parts.filter((each) => each.kind === 'pair' && !each.nested && isUnder(parts, each, header));
  const last = own.at(-1);
  const written = `${formatKey(line.path.slice(-1))} = ${line.value}`;
  const comment = findComment(text, parts, header, line.path.at(-1) ?? '');
  const indent = last ? indentOf(text, last.start) : indentOf(text, header.start);
  return insertLine(text, comment ?? (last ?? header).end, indent + written);
}

/** Adds `gc.grace = "1h"` behind the last line that speaks of the same table in this way. */
export function insertDotted(text: string, sibling: Part, line: Line): Edit {
  const written = `${formatKey(line.path.slice(sibling.header.length))} = ${line.value}`;
  return insertLine(text, sibling.end, indentOf(text, sibling.start) + written);
}

/** Adds a header and one line at the end, behind a blank line. A file that ends without a newline goes on doing so. */
export function appendTable(text: string, table: Path, pair: string): Edit {
  const eol = eolOf(text);
  const isEmpty = text.replace('\uFEFF', '') === '';
  const endsOpen = !isEmpty && !text.endsWith('\n');
  const blank = isEmpty || /\n\r?\n$/.test(text) ? '' : eol;
  const lines = `[${formatKey(table)}]${eol}${pair}`;
  return {
    start: text.length,
    end: text.length,
    text: endsOpen ? `${eol}${blank}${lines}` : `${blank}${lines}${eol}`,
  };
}

/** Removes the lines of a pair, with the comment behind it. */
export function removePair(text: string, pair: Part): Edit {
  const start = text.lastIndexOf('\n', pair.start - 1) + 1;
  return {
    start: start === 0 && text.startsWith('\uFEFF') ? 1 : start,
    end: lineEnd(text, pair.end).next,
    text: '',
  };
}

/** A new line behind the line that holds `offset`. */
function insertLine(text: string, offset: number, line: string): Edit {
  const {next, isOpen} = lineEnd(text, offset);
  return {start: next, end: next, text: isOpen ? eolOf(text) + line : line + eolOf(text)};
}

function isUnder(parts: readonly Part[], pair: Part, header: Part): boolean {
  return parts.findLast((each) => each.kind === 'table' && each.start <= pair.start) === header;
}

/** The end of a comment line like `# grace = "24h"` between this header and the next. */
function findComment(text: string, parts: readonly Part[], header: Part, name: string): number | undefined {
  const next = parts.find((each) => each.kind === 'table' && each.start > header.start);
  const end = next?.start ?? text.length;
  const statements = parts.filter((each) => !each.nested && each.start >= header.start && each.end <= end);
  for (const match of text.slice(0, end).matchAll(/^[ \t]*#[ \t]*([A-Za-z0-9_-]+)[ \t]*=[^\n]*/gm)) {
    const isInside = statements.some((each) => match.index >= each.start && match.index < each.end);
    if (match[1] === name && match.index > header.start && !isInside) return match.index + match[0].length;
  }
  return undefined;
}

function lineEnd(text: string, offset: number): {next: number; isOpen: boolean} {
  const newline = text.indexOf('\n', offset);
  return newline === -1 ? {next: text.length, isOpen: true} : {next: newline + 1, isOpen: false};
}

function indentOf(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const before = text.slice(lineStart, offset);
  return /^[ \t]*$/.test(before) ? before : '';
}

/** The line end of the file: that of its first line. */
function eolOf(text: string): string {
  return /^[^\n]*\r\n/.test(text) ? '\r\n' : '\n';
}
