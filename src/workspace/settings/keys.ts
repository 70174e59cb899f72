/** Keys as people type them: `gc.trashDays`, `models.mine.argv`, `models."mine.2".argv`. */
import {parse} from 'smol-toml';
import {CosmosError} from '../../errors.ts';
import {suggestion} from '../../nearest.ts';
import type {SettingKey} from './schema.ts';
import {formatKey} from './toml/format.ts';
import type {Path} from './toml/scan.ts';

export const EVERY_KEY = 'docs/configuration.md lists every key with its values.';

/** The names of a dotted key. Throws config.invalid when the text is no key. */
export function parseKey(text: string): Path {
  const names: string[] = [];
  let value: unknown = readKeyLine(text);
  while (typeof value === 'object' && value !== null) {
    const name = Object.keys(value)[0] ?? '';
    names.push(name);
    value = (value as Record<string, unknown>)[name];
  }
  if (value !== 0) throw new CosmosError('config.invalid', `${JSON.stringify(text)} is not a key`);
  return names;
}

function readKeyLine(text: string): unknown {
  if (/[=#\r\n]/.test(text)) return undefined;
  try {
    return parse(`${text} = 0`);
  } catch {
    return undefined;
  }
}

/** Tables of tables: `[models.NAME]`, `[targets.NAME]`. */
export function isNamed(table: string): table is 'models' | 'targets' {
  return table === 'models' || table === 'targets';
}

/** Whether a path lies in a table that a person named; `[models.enhance]` is one of the built-in ones. */
export function isInNamed([table = '', name]: Path): boolean {
  return isNamed(table) && !isEnhance([table, name ?? '']);
}

export function isEnhance([table, name]: Path): boolean {
  return table === 'models' && name === 'enhance';
}

/** A key that exists, with the path it has in a file. */
export interface ResolvedKey {
  path: Path;
  info: SettingKey;
}

/**
 * Finds a typed key among the known ones; dots inside the name of a model or target may be left unquoted. Throws config.invalid with
 * the nearest known key.
 */
export function resolveKey(text: string, known: readonly SettingKey[]): ResolvedKey {
  const typed = parseKey(text);
  const [first = ''] = typed;
  const path = isNamed(first) ? [first, typed.slice(1, -1).join('.'), ...typed.slice(-1)] : typed;
  const info = known.find((each) => isInstance(path, each.path));
  if (info) return {path, info};
  throw new CosmosError('config.invalid', unknownKey(typed, known), {
    hint: EVERY_KEY,
    facts: {key: text},
  });
}

/** `unknown key "gc.grase" (did you mean "gc.grace"?)` */
export function unknownKey(path: Path, known: readonly SettingKey[]): string {
  const key = formatKey(path);
  const ownName = isNamed(path[0] ?? '') && path.length > 2 ? (path[1] ?? '') : 'NAME';
  const candidates = known.map((each) =>
    formatKey(each.path.map((name) => (name === 'NAME' ? ownName : name))),
  );
  const tables = [...new Set(known.map((each) => each.path[0] ?? ''))];
  return `unknown key ${quote(key)}${suggestion(key, path.length === 1 ? [...tables, ...candidates] : candidates)}`;
}

/** A key in quotes, as messages show it. */
export function quote(key: string): string {
  return key.includes('"') ? key : `"${key}"`;
}

function isInstance(path: Path, pattern: Path): boolean {
  return (
    path.length === pattern.length &&
    pattern.every((name, i) => (name === 'NAME' ? path[i] !== '' : name === path[i]))
  );
}
