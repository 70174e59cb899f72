/**
 * Loads the settings: flags, then the environment, the workspace's cosmos.toml, the user's file, and the defaults of the
 * schema. Every mistake in every source is reported at once, before any value is used.
 */
import {settingsError} from './findings.ts';
import {findMistakes, makeEnvironmentLayer, makeFlagLayer, readFileLayer} from './layers.ts';
import {mergeLayers} from './merge.ts';
import {getSchema, listKeys} from './schema.ts';
import type {LoadedSettings, SettingsSources} from './types.ts';

/**
 * The settings of all sources. Throws config.invalid with every finding (`facts.findings`): unknown keys, wrong values,
 * files that cannot be read or parsed. A file that does not exist is absent.
 */
export async function loadSettings(sources: SettingsSources): Promise<LoadedSettings> {
  const schema = await getSchema();
  const layers = [
    makeFlagLayer(sources.flags ?? {}),
    makeEnvironmentLayer(sources.env ?? {}, listKeys(schema)),
    await readFileLayer('workspace', sources.workspaceFile),
    await readFileLayer('user', sources.userFile),
  ];
  const mistakes = await Promise.all(layers.map((layer) => findMistakes(layer, schema)));
  if (mistakes.some((found) => found.length > 0)) throw settingsError(mistakes.flat());
  return mergeLayers(layers, schema);
}
