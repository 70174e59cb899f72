/**
 * Layers become settings: for each fixed key the first layer that has it, for each model and target the whole table
 * of the first layer that has it, then the defaults.
 */
import {dirname, resolve} from 'node:path';
import {isEnhance, isInNamed, resolveKey} from './keys.ts';
import type {Layer} from './layers.ts';
import type {SchemaNode, SettingKey} from './schema.ts';
import {listKeys} from './schema.ts';
import type {ModelTable, TargetTable} from './settings.gen.ts';
import {formatKey} from './toml/format.ts';
import type {Table} from './toml/data.ts';
import {findValue, isTable, makeTable, setValue} from './toml/data.ts';
import type {Path} from './toml/scan.ts';
import type {CustomModel, LoadedSettings, Origin, Settings, TargetSettings} from './types.ts';

const NAMED = ['models', 'targets'] as const;

/** Valid layers, the strongest first, as settings. */
export function mergeLayers(layers: readonly Layer[], schema: SchemaNode): LoadedSettings {
  const known = listKeys(schema);
  const settings = fillFixed(layers, known);
  for (const [name, layer] of layersOf('models', layers)) settings.models[name] = fillModel(name, layer);
  for (const [name, layer] of layersOf('targets', layers))
    settings.targets[name] = fillTarget(name, layer, known);
  const named = NAMED.flatMap((table) => Object.keys(settings[table]).map((name): Path => [table, name]));
  return {
    settings,
    origin(key) {
      const whole = named.find((path) => key === path.join('.') || key === formatKey(path));
      return originOf(layers, whole ?? resolveKey(key, known).path);
    },
    entries: () =>
      listPaths(known, named).flatMap((path) => {
        const value = findValue(settings as unknown as Table, isEnhance(path) ? path.slice(1) : path);
        if (isInNamed(path) && value === undefined) return [];
        return [{key: formatKey(path), value, origin: originOf(layers, path)}];
      }),
  };
}

function fillFixed(layers: readonly Layer[], known: readonly SettingKey[]): Settings {
  const data: Table = {
    run: {},
    views: {},
    gc: {},
    verify: {},
    local: {},
    enhance: {},
    models: makeTable(),
    targets: makeTable(),
  };
  for (const {path, default: fallback} of known.filter((each) => each.variable !== undefined)) {
    const layer = findLayer(layers, path);
    const value = layer ? findValue(layer.data, path) : fallback;
    if (value !== undefined) setValue(data, isEnhance(path) ? path.slice(1) : path, value);
  }
  return data as unknown as Settings;
}

/** Which layer says what a model or target of that name is: the first that has the table. */
function layersOf(table: (typeof NAMED)[number], layers: readonly Layer[]): Map<string, Layer> {
  const found = new Map<string, Layer>();
  for (const layer of layers) {
    const tables = findValue(layer.data, [table]);
    for (const name of isTable(tables) ? Object.keys(tables) : [])
      if (!found.has(name) && isInNamed([table, name])) found.set(name, layer);
  }
  return found;
}

function fillModel(name: string, layer: Layer): CustomModel {
  const path = ['models', name];
  const table = findValue(layer.data, path) as unknown as ModelTable;
  const primary = Math.max(
    0,
    table.outputs.findIndex((each) => each.primary),
  );
  const outputs = table.outputs.map((each, index) => ({role: 'output', ...each, primary: index === primary}));
  const model: CustomModel = {...table, inputs: table.inputs ?? [], outputs};
  const file = layer.origin(path).file;
  if (model.schema !== undefined && file !== undefined) model.schema = resolve(dirname(file), model.schema);
  return model;
}

function fillTarget(name: string, layer: Layer, known: readonly SettingKey[]): TargetSettings {
  const table = findValue(layer.data, ['targets', name]) as unknown as TargetTable;
  const defaults = known
    .filter(({path, default: fallback}) => path[0] === 'targets' && fallback !== undefined)
    .map(({path, default: fallback}) => [path.at(-1), fallback]);
  return {...(Object.fromEntries(defaults) as object), ...table} as TargetSettings;
}

function findLayer(layers: readonly Layer[], path: Path): Layer | undefined {
  return layers.find((layer) => findValue(layer.data, path) !== undefined);
}

/** A model or target is taken whole, so a key of it that its own layer lacks is a default, whatever weaker layers say. */
function originOf(layers: readonly Layer[], path: Path): Origin {
  const layer = findLayer(layers, isInNamed(path) ? path.slice(0, 2) : path);
  const isWritten = layer !== undefined && findValue(layer.data, path) !== undefined;
  return isWritten ? layer.origin(path) : {layer: 'default'};
}

/** The fixed keys, then the keys of each model and target. */
function listPaths(known: readonly SettingKey[], named: readonly Path[]): Path[] {
  const fixed = known.filter((each) => each.variable !== undefined).map((each) => each.path);
  const keysOf = (table: string | undefined): string[] =>
    known
      .filter(({path, variable}) => variable === undefined && path[0] === table)
      .map(({path}) => path.at(-1) ?? '');
  return [...fixed, ...named.flatMap((path) => keysOf(path[0]).map((last) => [...path, last]))];
}
