/** The models of a workspace: those that are built in, and those of its settings. */
import {CosmosError} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {findNearest} from '../nearest.ts';
import type {EndedModel, Model} from '../runner/model.ts';
import {cosmos3} from '../runner/models/cosmos3/adapter.ts';
import {endedCustomModel, makeCustomModel} from '../runner/models/custom/adapter.ts';
import type {Mount} from '../runner/models/custom/model.ts';
import {parseMount} from '../runner/models/custom/mounts.ts';
import {endedEnhance, makeEnhance} from '../runner/models/enhance/adapter.ts';
import {preview} from '../runner/models/preview/adapter.ts';
import {transfer1} from '../runner/models/transfer1/adapter.ts';
import {transfer25} from '../runner/models/transfer2.5/adapter.ts';
import {upscale} from '../runner/models/upscale/adapter.ts';
import {asLoad} from '../runner/sharing/load-model.ts';
import {parseDuration} from './settings/duration.ts';
import type {CustomModel, Settings} from './settings/types.ts';

/** By the name that a person gives, which is also the family in the run's document. */
const BUILT_IN_MODELS: ReadonlyMap<string, Model> = new Map([
  ['preview', preview],
  ['transfer1', transfer1],
  ['transfer2.5', transfer25],
  ['cosmos3', cosmos3],
  ['upscale', upscale],
]);

/** Built in too, and made from the settings. */
export const ENHANCE = 'enhance';

/** The adapter of a run that exists; knows every family, and custom models without their settings. */
export function endedModelOf({kind, model: {family}}: RunDocument): EndedModel {
  const model = BUILT_IN_MODELS.get(family) ?? (family === ENHANCE ? endedEnhance : endedCustomModel);
  return kind === 'load' ? asLoad(model) : model;
}

/** A model by the name that a person gave. @throws CosmosError usage.invalid */
export function findModel(name: string, settings: Settings, workspace: string): Model {
  const builtIn = BUILT_IN_MODELS.get(name);
  if (builtIn) return builtIn;
  if (name === ENHANCE) return makeEnhance(enhanceOptionsOf(settings));
  const custom = settings.models[name];
  if (custom) return makeCustomModel(toRunnerModel(name, custom, workspace));
  const known = [...BUILT_IN_MODELS.keys(), ENHANCE, ...Object.keys(settings.models)];
  const nearest = findNearest(name, known);
  throw new CosmosError(
    'usage.invalid',
    `There is no model "${name}"${nearest === undefined ? '' : ` (did you mean "${nearest}"?)`}.`,
    {
      hint: `Models of this workspace: ${known.join(', ')}. Describe another one under [models.${name}] in cosmos.toml; docs/configuration.md shows how.`,
      facts: {model: name, known},
    },
  );
}

function enhanceOptionsOf({enhance}: Settings): Parameters<typeof makeEnhance>[0] {
  const {endpoint = null, model = null, keyEnv = null, frames, frameSize, timeout} = enhance;
  return {endpoint, model, keyEnv, frames, frameSize, timeoutMs: parseDuration(timeout)};
}

function toRunnerModel(
  name: string,
  model: CustomModel,
  workspace: string,
): Parameters<typeof makeCustomModel>[0] {
  const [program, ...rest] = model.argv;
  if (program === undefined) throw new Error(`the model ${name} passed validation without a program`);
  const timeoutMs = model.timeout === undefined ? 0 : parseDuration(model.timeout);
  return {
    name,
    argv: [program, ...rest],
    inputs: model.inputs,
    outputs: model.outputs.map(({name: file, role, mediaType, primary}) => ({
      name: file,
      role,
      mediaType,
      isPrimary: primary,
    })),
    schema: model.schema ?? null,
    environment: model.env ?? [],
    timeoutMs: timeoutMs > 0 ? timeoutMs : null,
    workspace,
    workdir: model.workdir ?? null,
    image: model.image ?? null,
    mounts: (model.mounts ?? []).map((text) => requireMount(name, text)),
    gpus: model.gpus ?? 0,
  };
}

function requireMount(name: string, text: string): Mount {
  const mount = parseMount(text);
  if (mount) return mount;
  throw new Error(`the model ${name} passed validation with the mount "${text}"`);
}
