/**
 * Changes one key of a TOML text and leaves every other byte alone: comments, blank lines, line ends, order, a missing
 * final newline. The result is parsed again and compared with what was meant; when more than the one key would change,
 * nothing is returned and the person is asked to edit by hand.
 */
import {isDeepStrictEqual} from 'node:util';
import {CosmosError} from '../../errors.ts';
import {parseKey} from './keys.ts';
import type {Plain, Table} from './toml/data.ts';
import {findValue, isTable, setValue} from './toml/data.ts';
import {formatKey, formatValue} from './toml/format.ts';
import type {Edit} from './toml/place.ts';
import {
  appendTable,
  insertDotted,
  insertInline,
  insertUnderHeader,
  removePair,
  replaceValue,
} from './toml/place.ts';
import {parseToml} from './toml/read.ts';
import type {Part, Path} from './toml/scan.ts';
import {isSamePath, scanToml} from './toml/scan.ts';

/**
 * `text` with `key` set to `value`: in place, at the end of its table's own lines, or in a new table at the end. The
 * key is dotted (`gc.grace`) or a path. Throws config.invalid when the text is no valid TOML or cannot be edited safely.
 */
export function setKey(text: string, key: string | Path, value: Plain): string {
  const path = typeof key === 'string' ? parseKey(key) : key;
  const before = parseToml(text, 'the settings file');
  const line = {path, value: formatValue(value)};
  const edited = apply(text, planSet(text, scanToml(text), line));
  setValue(before, path, parseToml(`value = ${line.value}`, 'the value')['value'] ?? null);
  return confirm(edited, before, path);
}

/** `text` without `key`; the comment on the key's line goes with it. A key that is not there changes nothing. */
export function unsetKey(text: string, key: string | Path): string {
  const path = typeof key === 'string' ? parseKey(key) : key;
  const before = parseToml(text, 'the settings file');
  if (findValue(before, path) === undefined) return text;
  const part = scanToml(text).find((each) => each.kind === 'pair' && isSamePath(each.path, path));
  if (!part || part.nested) throw byHand(path);
  const parent = findValue(before, path.slice(0, -1));
  if (isTable(parent)) Reflect.deleteProperty(parent, path.at(-1) ?? '');
  return confirm(apply(text, removePair(text, part)), before, path);
}

/** `text` without the table and what stands under its header. A table that is not there changes nothing. */
export function unsetTable(text: string, path: Path): string {
  const before = parseToml(text, 'the settings file');
  if (findValue(before, path) === undefined) return text;
  const parts = scanToml(text);
  const header = parts.find((each) => each.kind === 'table' && isSamePath(each.path, path));
  const isElsewhere = parts.some(
    (each) => each.kind === 'pair' && isAbove(path, each.path) && !isSamePath(each.header, path),
  );
  if (!header || isElsewhere) throw byHand(path);
  const next = parts.find((each) => each.kind === 'table' && each.start > header.start);
  const start = text.lastIndexOf('\n', header.start) + 1;
  const parent = findValue(before, path.slice(0, -1));
  if (isTable(parent)) Reflect.deleteProperty(parent, path.at(-1) ?? '');
  return confirm(apply(text, {start, end: next?.start ?? text.length, text: ''}), before, path);
}

/** The first of five ways that fits, from the most local to the least. */
function planSet(text: string, parts: readonly Part[], line: {path: Path; value: string}): Edit {
  const {path, value} = line;
  const parent = path.slice(0, -1);
  const written = parts.find((each) => each.kind === 'pair' && isSamePath(each.path, path));
  if (written) return replaceValue(text, written, value);
  const inline = parts.findLast(
    (each) => each.kind === 'pair' && text[each.valueStart] === '{' && isAbove(each.path, path),
  );
  if (inline) return insertInline(parts, inline, `${formatKey(path.slice(inline.path.length))} = ${value}`);
  const header = parts.find((each) => each.kind === 'table' && isSamePath(each.path, parent));
  if (header) return insertUnderHeader(text, parts, header, line);
  const sibling = parts.findLast((each) => each.kind === 'pair' && !each.nested && isDotted(each, parent));
  if (sibling) return insertDotted(text, sibling, line);
  if (parent.length === 0) throw byHand(path);
  return appendTable(text, parent, `${formatKey(path.slice(-1))} = ${value}`);
}

function isAbove(path: Path, below: Path): boolean {
  return path.length < below.length && path.every((name, index) => below[index] === name);
}

/** True for `gc.trashDays = 7` under a header above `gc`: such a table must not get a header of its own. */
function isDotted(part: Part, parent: Path): boolean {
  return part.header.length < parent.length && isAbove(parent, part.path);
}

function apply(text: string, edit: Edit): string {
  return text.slice(0, edit.start) + edit.text + text.slice(edit.end);
}

function confirm(edited: string, wanted: Table, path: Path): string {
  const after = tryParse(edited);
  if (!after || !isDeepStrictEqual(dropEmpty(after, path), dropEmpty(wanted, path))) throw byHand(path);
  return edited;
}

function tryParse(text: string): Table | undefined {
  try {
    return parseToml(text, 'the edited file');
  } catch {
    return undefined;
  }
}

/** Removing `gc.grace = "1h"` also removes a table that only this line made; empty tables on the way do not count. */
function dropEmpty(data: Table, path: Path): Table {
  for (let depth = path.length - 1; depth > 0; depth--) {
    const at = path.slice(0, depth);
    const table = findValue(data, at);
    const holder = findValue(data, at.slice(0, -1));
    if (isTable(table) && Object.keys(table).length === 0 && isTable(holder)) {
      Reflect.deleteProperty(holder, at.at(-1) ?? '');
    }
  }
  return data;
}

function byHand(path: Path): CosmosError {
  return new CosmosError(
    'config.invalid',
    `${formatKey(path)} cannot be changed without touching other settings`,
    {
      hint: 'Edit the file by hand: the way this key is written there is more than one line can change.',
      facts: {key: formatKey(path)},
    },
  );
}
