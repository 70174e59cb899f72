/**
 * The schema of the settings, as data: `schemas/settings-v1.schema.json` is the one place that says which keys exist, of
 * what type and with what default. It is read on first use; its validator is compiled ahead of time.
 */
import {readFile} from 'node:fs/promises';
import type {ErrorObject} from 'ajv/dist/2020.js';
import {packageFile} from '../../root.ts';
import type {Path} from './toml/scan.ts';
import type {Plain, Table} from './toml/data.ts';

export type ScalarType = 'string' | 'boolean' | 'number' | 'integer';

/** The part of JSON Schema that the settings use. */
export interface SchemaNode {
  $ref?: string;
  type?: ScalarType | 'array' | 'object';
  description?: string;
  default?: Plain;
  enum?: Plain[];
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | false;
  items?: SchemaNode;
  $defs?: Record<string, SchemaNode>;
}

/** One key that a person can set. */
export interface SettingKey {
  /** Dotted, as it is written: `gc.trashDays`; `models.NAME.argv` for the keys of a model, `targets.NAME.host` for those of a target. */
  key: string;
  path: Path;
  type: ScalarType | 'array';
  /** Left out when there is none. */
  default?: Plain;
  description: string;
  /** Name of the environment variable; the keys of tables that people name have none. */
  variable?: string;
}

interface Validator {
  (data: Table): boolean;
  errors?: ErrorObject[] | null;
}

const SCHEMA_FILE = packageFile('schemas/settings-v1.schema.json');

let schema: Promise<SchemaNode> | undefined;

/** The schema, read once. */
export function getSchema(): Promise<SchemaNode> {
  return (schema ??= readFile(SCHEMA_FILE, 'utf8').then((text) => JSON.parse(text) as SchemaNode));
}

/** Lists everything that is wrong with a settings file's data. */
export async function findErrors(data: Table): Promise<readonly ErrorObject[]> {
  const {validate}: {validate: Validator} = await import('./validate.gen.ts');
  return validate(data) ? [] : (validate.errors ?? []);
}

/** Every key in the order of the schema: first those of the fixed tables, then those of `[models.enhance]`, `[models.NAME]` and `[targets.NAME]`. */
export function listKeys(root: SchemaNode): SettingKey[] {
  const tables = Object.entries(root.properties ?? {});
  return tables.flatMap(([name, node]) => {
    const table = resolveNode(root, node);
    if (!table.additionalProperties) return keysOf(root, table, [name]);
    const own = Object.entries(table.properties ?? {}).flatMap(([inner, innerNode]) =>
      keysOf(root, resolveNode(root, innerNode), [name, inner]),
    );
    return [...own, ...keysOf(root, resolveNode(root, table.additionalProperties), [name, 'NAME'])];
  });
}

function keysOf(root: SchemaNode, table: SchemaNode, base: Path): SettingKey[] {
  return Object.entries(table.properties ?? {}).map(([name, node]) => {
    const resolved = resolveNode(root, node);
    const path = [...base, name];
    return {
      key: path.join('.'),
      path,
      type: resolved.type as SettingKey['type'],
      ...(resolved.default === undefined ? {} : {default: resolved.default}),
      description: resolved.description ?? '',
      ...(base.includes('NAME') ? {} : {variable: variableOf(path)}),
    };
  });
}

/** `gc.trashDays` is COSMOS_GC_TRASH_DAYS. */
function variableOf(path: Path): string {
  return ['cosmos', ...path].map((name) => name.replace(/[A-Z]/g, '_$&').toUpperCase()).join('_');
}

/** The node with its `$ref` followed; what stands beside the reference wins. */
export function resolveNode(root: SchemaNode, node: SchemaNode): SchemaNode {
  const name = node.$ref?.replace('#/$defs/', '');
  const target = name === undefined ? undefined : root.$defs?.[name];
  return target ? {...resolveNode(root, target), ...node} : node;
}
