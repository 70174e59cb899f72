/**
 * Layers become settings: for each fixed key the first layer that has it, for each model the whole table of the first
 * layer that has it, then the defaults.
 */
import {dirname, resolve} from 'node:path';
import {resolveKey} from './keys.ts';
import type {Layer} from './layers.ts';
import type {SchemaNode, SettingKey} from './schema.ts';
import {listKeys} from './schema.ts';
import type {ModelTable} from './settings.gen.ts';
import {formatKey} from './toml/format.ts';
import type {Table} from './toml/data.ts';
import {findValue, isTable, makeTable, setValue} from './toml/data.ts';
import type {Path} from './toml/scan.ts';
import type {CustomModel, LoadedSettings, Origin, Settings} from './types.ts';

/** Valid layers, the strongest first, as settings. */
export function mergeLayers(layers: readonly Layer[], schema: SchemaNode): LoadedSettings {
  const known = listKeys(schema);
  const settings = fillFixed(layers, known);
  for (const [name, layer] of modelLayers(layers)) settings.models[name] = fillModel(name, layer);
  const modelNames = Object.keys(settings.models);
  return {
    settings,
    origin(key) {
      const model = modelNames.find(
        (name) => key === `models.${name}` || key === formatKey(['models', name]),
      );
      return originOf(layers, model === undefined ? resolveKey(key, known).path : ['models', model]);
    },
    entries: () =>
      listPaths(known, modelNames).flatMap((path) => {
        const value = findValue(settings as unknown as Table, path);
        if (path[0] === 'models' && value === undefined) return [];
        return [{key: formatKey(path), value, origin: originOf(layers, path)}];
      }),
  };
}

function fillFixed(layers: readonly Layer[], known: readonly SettingKey[]): Settings {
  const data: Table = {run: {}, views: {}, gc: {}, verify: {}, models: makeTable()};
  for (const {path, default: fallback} of known.filter((each) => each.variable !== undefined)) {
    const layer = findLayer(layers, path);
    const value = layer ? findValue(layer.data, path) : fallback;
    if (value !== undefined) setValue(data, path, value);
  }
  return data as unknown as Settings;
}

function modelLayers(layers: readonly Layer[]): Map<string, Layer> {
  const found = new Map<string, Layer>();
  for (const layer of layers) {
    const models = findValue(layer.data, ['models']);
    for (const name of isTable(models) ? Object.keys(models) : [])
      if (!found.has(name)) found.set(name, layer);
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

function findLayer(layers: readonly Layer[], path: Path): Layer | undefined {
  return layers.find((layer) => findValue(layer.data, path) !== undefined);
}

/** A model is taken whole, so a key of it that its own layer lacks is a default, whatever weaker layers say. */
function originOf(layers: readonly Layer[], path: Path): Origin {
  const layer = findLayer(layers, path[0] === 'models' ? path.slice(0, 2) : path);
  const isWritten = layer !== undefined && findValue(layer.data, path) !== undefined;
  return isWritten ? layer.origin(path) : {layer: 'default'};
}

/** The fixed keys, then the keys of each model. */
function listPaths(known: readonly SettingKey[], modelNames: readonly string[]): Path[] {
  const fixed = known.filter((each) => each.variable !== undefined).map((each) => each.path);
  const ofModels = known.filter((each) => each.variable === undefined).map((each) => each.path.at(-1) ?? '');
  return [...fixed, ...modelNames.flatMap((name) => ofModels.map((last) => ['models', name, last]))];
}
