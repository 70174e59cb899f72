/**
 * What is wrong with settings, in the words of the person who wrote them: where it stands, which key, what it must be.
 * ajv finds it, this file says it, and settingsError puts all findings of all layers into one error.
 */
import type {ErrorObject} from 'ajv/dist/2020.js';
import {CosmosError} from '../../errors.ts';
import {EVERY_KEY, quote, unknownKey} from './keys.ts';
import {suggestion} from '../../nearest.ts';
import type {SchemaNode, SettingKey} from './schema.ts';
import {formatKey} from './toml/format.ts';
import type {Plain, Table} from './toml/data.ts';
import type {Path} from './toml/scan.ts';

/** One mistake, not yet placed in a file. */
export interface Problem {
  path: Path;
  message: string;
}

/** One mistake and its place. */
export interface Finding {
  /** `/w/cosmos.toml line 7`, `environment variable COSMOS_GC_GRACE`, `flag`; absent for what was never written. */
  where?: string;
  key?: string;
  file?: string;
  line?: number;
  variable?: string;
  message: string;
  hint?: string;
}

/** One config.invalid error for all findings; the list is also under `facts.findings`. */
export function settingsError(findings: readonly Finding[]): CosmosError {
  const lines = findings.map(({where, message}) => (where === undefined ? message : `${where}: ${message}`));
  const message =
    lines.length === 1 ? (lines[0] ?? '') : `${lines.length} mistakes in the settings:\n${lines.join('\n')}`;
  const hints = [...new Set(findings.flatMap((each) => each.hint ?? []))];
  return new CosmosError('config.invalid', message, {
    hint: hints.length > 0 ? hints.join('\n') : EVERY_KEY,
    facts: {findings},
  });
}

/** ajv's errors as problems, one for each value. */
export function toProblems(
  errors: readonly ErrorObject[],
  data: Table,
  known: readonly SettingKey[],
): Problem[] {
  const problems = new Map<string, Problem>();
  for (const error of errors) {
    if (error.propertyName !== undefined) continue; // repeated by the error of `propertyNames` itself
    const problem = toProblem(error, data, known);
    problems.set(JSON.stringify(problem.path), problem);
  }
  return [...problems.values()];
}

function toProblem(error: ErrorObject, data: Table, known: readonly SettingKey[]): Problem {
  const at = error.instancePath.split('/').slice(1).map(unescapePointer);
  const params = error.params as Record<string, string>;
  switch (error.keyword) {
    case 'additionalProperties': {
      const path = [...at, params['additionalProperty'] ?? ''];
      return {
        path,
        message: at.some(isPosition) ? unknownMember(error, path, data) : unknownKey(path, known),
      };
    }
    case 'required': {
      const path = [...at, params['missingProperty'] ?? ''];
      return {path, message: `${showPath(path, data)} is missing`};
    }
    case 'propertyNames':
      return {
        path: [...at, params['propertyName'] ?? ''],
        message: badName(at[0] ?? '', params['propertyName'] ?? ''),
      };
    case 'minItems':
    case 'minLength':
      return {path: at, message: `${showPath(at, data)} must not be empty`};
    default: {
      const value = error.data as Plain;
      return {
        path: at,
        message: `${showPath(at, data)} must be ${requirement(error)}, not ${showValue(value)}${near(error)}`,
      };
    }
  }
}

function unescapePointer(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

function isPosition(name: string): boolean {
  return /^\d+$/.test(name);
}

function unknownMember(error: ErrorObject, path: Path, data: Table): string {
  const siblings = Object.keys((error.parentSchema as SchemaNode).properties ?? {});
  return `unknown key ${showPath(path, data)}${suggestion(path.at(-1) ?? '', siblings)}`;
}

/** Names of the models and targets that come with cosmos; a table of the same name would never be used. */
const BUILT_IN = ['preview', 'transfer1', 'transfer2.5', 'cosmos3', 'upscale', 'local'];

function badName(table: string, name: string): string {
  const key = quote(formatKey([table, name]));
  const what = table.replace(/s$/, '');
  if (BUILT_IN.includes(name)) return `${key}: the name "${name}" belongs to the built-in ${what}`;
  return `${key}: a ${what}'s name has at most 40 of a-z, 0-9, ".", "_" and "-", and starts with a letter`;
}

const TYPES: Record<string, string> = {
  string: 'a string',
  boolean: 'true or false',
  number: 'a number',
  integer: 'a whole number',
  array: 'an array',
  object: 'a table',
};

/** What the schema asks of a value, as the end of "must be". */
function requirement(error: ErrorObject): string {
  const node = error.parentSchema as SchemaNode & {pattern?: string};
  if (node.pattern !== undefined && node.description !== undefined) return node.description;
  if (node.enum) return node.enum.map((value) => JSON.stringify(value)).join(' or ');
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'type':
      return TYPES[String(params['type'])] ?? String(params['type']);
    case 'minimum':
      return `at least ${String(params['limit'])}`;
    case 'maximum':
      return `at most ${String(params['limit'])}`;
    case 'uniqueItems':
      return 'a list without repetitions';
    case 'contains':
      return 'a list with at most one primary file';
    default:
      return error.message ?? 'different';
  }
}

function near(error: ErrorObject): string {
  const allowed = (error.parentSchema as SchemaNode).enum;
  return allowed && typeof error.data === 'string' ? suggestion(error.data, allowed.map(String)) : '';
}

/** The key as it is written; positions in arrays in brackets, from 0. */
function showPath(path: Path, data: Table): string {
  let shown = '';
  let value: Plain | undefined = data;
  for (const name of path) {
    if (Array.isArray(value)) shown += `[${name}]`;
    else shown += (shown === '' ? '' : '.') + formatKey([name]);
    value = Array.isArray(value) ? value[Number(name)] : (value as Table | undefined)?.[name];
  }
  return quote(shown);
}

function showValue(value: Plain): string {
  if (value === null) return 'a date';
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
