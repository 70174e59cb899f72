/** Reading JSON whose shape is not known yet. */

export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An empty one for what is no object. */
export function objectOf(value: unknown): Json {
  return isObject(value) ? value : {};
}

/** What a text of a command line or a table cell means: the JSON that it is, else the text. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** A text that is not empty, or nothing. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The value at a path of members; undefined where there is none. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => objectOf(inner)[name], value);
}

/** A copy with another value at a path of members, which are made where they are missing. */
export function withValueAt(object: Json, [name, ...rest]: readonly string[], value: unknown): Json {
  if (name === undefined) return object;
  return {...object, [name]: rest.length === 0 ? value : withValueAt(objectOf(object[name]), rest, value)};
}

/** A copy with some of the members. */
export function onlyKeys(object: Json, isWanted: (key: string) => boolean): Json {
  return Object.fromEntries(Object.entries(object).filter(([key]) => isWanted(key)));
}
