/** What a TOML text means, as plain data: tables without prototype, so that only written names are found in them. */
import type {Path} from './scan.ts';

/** What TOML can say. `null` stands for a date, which no setting is; it fits no type of the schema. */
export type Plain = string | number | boolean | null | Plain[] | Table;
export interface Table {
  [name: string]: Plain;
}

export function makeTable(): Table {
  return Object.create(null) as Table;
}

/** True for tables, false for arrays and everything else. */
export function isTable(value: Plain | undefined): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path, through tables only. */
export function findValue(data: Table, path: Path): Plain | undefined {
  let value: Plain | undefined = data;
  for (const name of path) {
    if (!isTable(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** Sets a value and makes the tables on its way; what is no table there is replaced by one. */
export function setValue(data: Table, path: Path, value: Plain): void {
  let table = data;
  for (const name of path.slice(0, -1)) {
    const inner = Object.hasOwn(table, name) ? table[name] : undefined;
    const next = isTable(inner) ? inner : makeTable();
    table[name] = next;
    table = next;
  }
  table[path.at(-1) ?? ''] = value;
}
