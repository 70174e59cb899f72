/** Sweeps: every combination of some values, or one after the other, as items of a batch. */
import {CosmosError} from '../errors.ts';
import {jsonOrText, type Json} from '../runner/json.ts';
import type {BatchItem} from './batch-file.ts';

export interface Axis {
  key: string;
  values: unknown[];
}

const EXAMPLE =
  '--vary seed=1..8, --vary weights.edge=0.2,0.5,0.8 or --vary "prompt=[\\"snow\\",\\"rain\\"]"';
const MOST_VALUES = 1000;

/** `seed=1..8`, `weights.edge=0.2,0.5`, or a JSON list. @throws CosmosError usage.invalid */
export function parseAxis(text: string): Axis {
  const at = text.indexOf('=');
  const key = text.slice(0, Math.max(at, 0)).trim();
  const values = at < 1 ? [] : valuesOf(text.slice(at + 1).trim());
  if (key !== '' && values.length > 0 && values.length <= MOST_VALUES) return {key, values};
  throw new CosmosError('usage.invalid', `--vary: "${text}" names no values.`, {
    hint: `Write it like ${EXAMPLE}; at most ${MOST_VALUES} values.`,
  });
}

function valuesOf(text: string): unknown[] {
  const [, from, to] = /^(-?\d+)\.\.(-?\d+)$/.exec(text) ?? [];
  if (from !== undefined && to !== undefined) return rangeOf(Number(from), Number(to));
  const list = jsonOrText(text);
  if (Array.isArray(list)) return list;
  return text === '' ? [] : text.split(',').map((part) => jsonOrText(part.trim()));
}

function rangeOf(from: number, to: number): number[] {
  const length = Math.min(Math.max(0, to - from + 1), MOST_VALUES + 1);
  return Array.from({length}, (_, index) => from + index);
}

/**
 * @param isGrid every combination, the last axis fastest; else the first values together, then the second ones
 * @throws CosmosError usage.invalid for lists of different lengths
 */
export function itemsOf(axes: readonly Axis[], isGrid: boolean): BatchItem[] {
  const rows = isGrid ? gridOf(axes) : listOf(axes);
  return rows.map((fields) => ({where: labelOf(fields), fields}));
}

function gridOf(axes: readonly Axis[]): Json[] {
  return axes.reduce<Json[]>(
    (rows, {key, values}) => rows.flatMap((row) => values.map((value) => ({...row, [key]: value}))),
    [{}],
  );
}

function listOf(axes: readonly Axis[]): Json[] {
  const length = axes[0]?.values.length ?? 0;
  const other = axes.find(({values}) => values.length !== length);
  if (other)
    throw new CosmosError(
      'usage.invalid',
      `--list: "${other.key}" has ${other.values.length} values, "${axes[0]?.key ?? ''}" has ${length}.`,
      {
        hint: 'Nothing was started. Give lists of the same length, or leave --list out for every combination.',
      },
    );
  return Array.from({length}, (_, index) =>
    Object.fromEntries(axes.map(({key, values}) => [key, values[index]])),
  );
}

/** `seed=3, weights.edge=0.5` */
export function labelOf(fields: Json): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
