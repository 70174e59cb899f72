/**
 * A request to a custom model: a scene folder, or a JSON file `{"inputs": {NAME: path}, "parameters": {...}, "prompt": …}`
 * whose paths are relative to the file. Every mistake is found at once.
 */
import {readFile} from 'node:fs/promises';
import {extname} from 'node:path';
import type {ErrorObject, ValidateFunction} from 'ajv';
import type {Ajv2020} from 'ajv/dist/2020.js';
import {CosmosError} from '../../../errors.ts';
import {findingOf, findUnreadable, refuseFindings} from '../../findings.ts';
import {mediaTypeOf} from '../../media-types.ts';
import type {ModelInput, NormalRequest, RunRequest} from '../../model.ts';
import {isObject} from '../../json.ts';
import {readPass, type Pass} from '../../scene.ts';
import {isScene, placeIn, sceneOf, sourceName, type SpecSource} from '../../source.ts';
import {placesIn} from '../../template.ts';
import {TARGET_PLACES, templatesOf, type CustomModel} from './model.ts';

const ADAPTER_VERSION = 1;
const HINT = 'Nothing was started. Correct it and run the command again.';
const KEYS = ['inputs', 'parameters', 'prompt', 'negative_prompt', 'seed'];

interface CustomRequest {
  /** Paths by input name, absolute. */
  inputs: Record<string, Pick<Pass, 'path' | 'at'>>;
  /** Inputs that were given and are among the findings already. */
  broken: readonly string[];
  parameters: Record<string, unknown>;
  prompt: string | null;
  negative: string | null;
}

export async function normaliseCustom(model: CustomModel, request: RunRequest): Promise<NormalRequest> {
  const findings: string[] = [...request.source.findings];
  if (Object.keys(request.weights).length > 0)
    findings.push('--weights belongs to the preview; give parameters with --set');
  const asked = readRequest(request, findings);
  findings.push(
    ...Object.keys(request.flags).map(
      (name) => `--${name}: a model of cosmos.toml has only the parameters that --set gives`,
    ),
  );
  const parameters = {
    ...request.base,
    ...asked.parameters,
    ...request.set,
    ...(request.seed !== null && {seed: request.seed}),
  };
  const prompt = request.prompt ?? asked.prompt;
  const negative = request.negative ?? asked.negative;
  const inputs = await readInputs(model, asked, findings);
  findings.push(...(await findParameterMistakes(model, parameters)));
  findings.push(...findUnfilledPlaces(model, parameters));
  refuseFindings(
    `${sourceName(request.source)} for the model ${model.name}`,
    Array.from(new Set(findings)),
    HINT,
  );
  const filesIn = (folder: string): Record<string, string> =>
    Object.fromEntries(inputs.map(({role, name}) => [role, `${folder}/${name}`]));
  const texts = {...(prompt !== null && {prompt}), ...(negative !== null && {negative_prompt: negative})};
  return {
    kind: 'custom',
    model: {family: 'custom', name: model.name, adapterVersion: ADAPTER_VERSION},
    scene: sceneOf(request.source),
    prompt: prompt === null ? null : {text: prompt, negative},
    parameters,
    makeSpec: (inputFolder) => ({...texts, inputs: filesIn(inputFolder), parameters}),
    inputs,
    warnings: Object.keys(asked.inputs)
      .filter((name) => !model.inputs.includes(name))
      .map((name) => `the model takes no input "${name}"; it was left out`),
  };
}

function readRequest({source}: RunRequest, findings: string[]): CustomRequest {
  if (!isScene(source)) return readRequestFile(source, findings);
  const {passes, broken} = source.scene;
  return {inputs: passes, broken, parameters: {}, prompt: null, negative: null};
}

function readRequestFile(source: SpecSource, findings: string[]): CustomRequest {
  const {spec: value} = source;
  for (const key of Object.keys(value)) {
    if (!KEYS.includes(key)) findings.push(`unknown key "${key}"; a request file has ${KEYS.join(', ')}`);
  }
  const files = Object.entries(objectIn(value, 'inputs', findings));
  const broken = files.filter(([, file]) => typeof file !== 'string' || file === '').map(([name]) => name);
  for (const name of broken) findings.push(`the input "${name}" is not a path`);
  const inputs = files.flatMap(([name, file]): [string, Pick<Pass, 'path' | 'at'>][] =>
    typeof file === 'string' && file !== '' ? [[name, placed(source, file)]] : [],
  );
  const {seed} = value;
  return {
    inputs: Object.fromEntries(inputs),
    broken,
    parameters: {...objectIn(value, 'parameters', findings), ...(seed !== undefined && {seed})},
    prompt: textIn(value, 'prompt', findings),
    negative: textIn(value, 'negative_prompt', findings),
  };
}

function placed({folder, locate}: SpecSource, file: string): Pick<Pass, 'path' | 'at'> {
  const at = locate?.(file);
  return {path: placeIn({folder}, file), ...(at !== undefined && {at})};
}

function objectIn(value: Record<string, unknown>, key: string, findings: string[]): Record<string, unknown> {
  const found = value[key] ?? {};
  if (isObject(found)) return found;
  findings.push(`"${key}" is not a JSON object`);
  return {};
}

function textIn(value: Record<string, unknown>, key: string, findings: string[]): string | null {
  const found = value[key] ?? null;
  if (found === null || typeof found === 'string') return found;
  findings.push(`"${key}" is not a text`);
  return null;
}

async function readInputs(
  model: CustomModel,
  {inputs: paths, broken}: CustomRequest,
  findings: string[],
): Promise<ModelInput[]> {
  const inputs: ModelInput[] = [];
  for (const role of model.inputs) {
    const place = paths[role];
    if (place === undefined) {
      if (!broken.includes(role)) findings.push(`the input "${role}" is missing`);
      continue;
    }
    const input = await findingOf(findings, () => readInput(role, place));
    if (input) inputs.push(input);
  }
  return inputs;
}

async function readInput(role: string, place: Pick<Pass, 'path' | 'at'>): Promise<ModelInput> {
  const {path} = place;
  const plain = `${role}${extname(path).toLowerCase()}`;
  const name = plain === 'spec.json' ? 'spec-input.json' : plain;
  const mediaType = mediaTypeOf(path);
  const content = {path: place.at ?? path};
  if (mediaType.startsWith('video/'))
    return {name, role, mediaType, content, media: (await readPass(content.path)).media};
  const reason = await findUnreadable(content.path);
  if (reason === undefined) return {name, role, mediaType, content};
  throw new CosmosError('file.unreadable', `the input "${role}": ${path} ${reason}`);
}

/** What the model's JSON Schema says about the parameters. */
async function findParameterMistakes(
  {schema}: CustomModel,
  parameters: Record<string, unknown>,
): Promise<string[]> {
  if (schema === null) return [];
  const {Ajv2020} = await import('ajv/dist/2020.js');
  const ajv = new Ajv2020({allErrors: true, strict: false, useDefaults: true});
  const validate = await compile(ajv, schema);
  if (validate(parameters)) return [];
  return (validate.errors ?? []).map(describeMistake);
}

async function compile(ajv: Ajv2020, path: string): Promise<ValidateFunction> {
  const schema = await readSchema(path);
  try {
    return ajv.compile(schema);
  } catch (error) {
    throw badSchema(path, error);
  }
}

function describeMistake({keyword, params, instancePath, message}: ErrorObject): string {
  const path = instancePath.slice(1);
  if (keyword === 'required' && path === '') return noValue(String(params['missingProperty']));
  if (keyword === 'additionalProperties' && path === '')
    return `the model has no parameter "${String(params['additionalProperty'])}"`;
  return `${path === '' ? 'the parameters' : `the parameter "${path}"`} ${message ?? 'are wrong'}`;
}

function noValue(name: string): string {
  return `the parameter "${name}" has no value; give it with --set ${name}=VALUE`;
}

async function readSchema(path: string): Promise<object> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as object;
  } catch (error) {
    throw badSchema(path, error);
  }
}

function badSchema(path: string, error: unknown): CosmosError {
  const reason = error instanceof Error ? error.message : String(error);
  return new CosmosError('config.invalid', `The schema ${path} of the model cannot be used: ${reason}.`, {
    hint: 'Nothing was started. Correct that file, or "schema" of the model in cosmos.toml; it is relative to cosmos.toml.',
    cause: error,
    facts: {path},
  });
}

function findUnfilledPlaces(model: CustomModel, parameters: Record<string, unknown>): string[] {
  const known = new Set([
    ...['outputs', 'workspace', 'spec', 'job', ...TARGET_PLACES],
    ...Object.keys(parameters).map((name) => `parameters.${name}`),
    ...model.inputs.map((name) => `inputs.${name}`),
  ]);
  return templatesOf(model).flatMap(({key, templates}) =>
    templates
      .flatMap(placesIn)
      .filter((place) => !known.has(place))
      .map((place) =>
        place.startsWith('parameters.')
          ? noValue(place.slice('parameters.'.length))
          : `"${key}" of the model has a place {${place}} that nothing fills`,
      ),
  );
}
