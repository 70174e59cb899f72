/**
 * A request to a custom model: a scene folder, or a JSON file `{"inputs": {NAME: path}, "parameters": {...}, "prompt": …}`
 * whose paths are relative to the file. Every mistake is found at once.
 */
import {readFile, stat} from 'node:fs/promises';
import {basename, dirname, extname, isAbsolute, join} from 'node:path';
import {CosmosError, isErrno} from '../../../errors.ts';
import {findingOf, refuseFindings} from '../../findings.ts';
import {mediaTypeOf} from '../../media-types.ts';
import type {ModelInput, NormalRequest, RunRequest} from '../../model.ts';
import {readPass, readScene} from '../../scene.ts';
import {placesIn} from '../../template.ts';
import type {CustomModel} from './model.ts';

const ADAPTER_VERSION = 1;
const HINT = 'Nothing was started. Correct it and run the command again.';
const PROMPT_KEYS = ['prompt', 'negative_prompt', 'seed'];

interface CustomRequest {
  scene: NormalRequest['scene'];
  /** Paths by input name, absolute. */
  inputs: Record<string, string>;
  parameters: Record<string, unknown>;
  prompt: string | null;
  negative: string | null;
}

export async function normaliseCustom(model: CustomModel, request: RunRequest): Promise<NormalRequest> {
  const findings: string[] = [];
  if (Object.keys(request.weights).length > 0)
    findings.push('--weights belongs to the preview; give parameters with --set');
  const asked = await readRequest(request, findings);
  const parameters = {
    ...asked.parameters,
    ...request.set,
    ...(request.seed !== null && {seed: request.seed}),
  };
  const prompt = request.prompt ?? asked.prompt;
  const negative = request.negative ?? asked.negative;
  const inputs = await readInputs(model, asked.inputs, findings);
  findings.push(...(await findParameterMistakes(model, parameters)));
  findings.push(...findUnfilledPlaces(model, {parameters, inputs}));
  refuseFindings(`${request.source} for the model ${model.name}`, findings, HINT);
  const files = Object.fromEntries(inputs.map(({role, name}) => [role, `inputs/${name}`]));
  const texts = {...(prompt !== null && {prompt}), ...(negative !== null && {negative_prompt: negative})};
  return {
    kind: 'custom',
    model: {family: 'custom', name: model.name, adapterVersion: ADAPTER_VERSION},
    scene: asked.scene,
    prompt: prompt === null ? null : {text: prompt, negative},
    parameters,
    spec: {...texts, inputs: files, parameters},
    inputs,
    warnings: Object.keys(asked.inputs)
      .filter((name) => !model.inputs.includes(name))
      .map((name) => `the model takes no input "${name}"; it was left out`),
  };
}

async function readRequest(request: RunRequest, findings: string[]): Promise<CustomRequest> {
  if (await isFolder(request.source)) {
    const scene = await readScene(request.source, findings);
    const inputs = Object.fromEntries(Object.entries(scene.passes).map(([name, {path}]) => [name, path]));
    return {scene: {name: scene.name}, inputs, parameters: {}, prompt: null, negative: null};
  }
  return readRequestFile(request.source);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw new CosmosError('file.unreadable', `There is nothing to run at ${path} (${error.code ?? ''}).`, {
      hint: 'Give a scene (a folder with color.mp4 and its passes) or a request file: {"inputs": {...}, "parameters": {...}}.',
      cause: error,
      facts: {path},
    });
  }
}

async function readRequestFile(path: string): Promise<CustomRequest> {
  const value = parseObject(await readFile(path, 'utf8'), path);
  const unknown = Object.keys(value).filter((key) => !['inputs', 'parameters', ...PROMPT_KEYS].includes(key));
  if (unknown.length > 0) {
    throw new CosmosError(
      'input.invalid',
      `${path} has the unknown key ${unknown.map((key) => `"${key}"`).join(', ')}.`,
      {
        hint: `A request file has "inputs", "parameters", ${PROMPT_KEYS.map((key) => `"${key}"`).join(' and ')}.`,
      },
    );
  }
  const inputs = Object.entries(objectOf(value['inputs'], path)).map(([name, file]): [string, string] => {
    const text = String(file);
    return [name, isAbsolute(text) ? text : join(dirname(path), text)];
  });
  const {prompt, negative_prompt: negative, seed} = value;
  return {
    scene: {name: basename(path, extname(path))},
    inputs: Object.fromEntries(inputs),
    parameters: {...objectOf(value['parameters'], path), ...(seed !== undefined && {seed})},
    prompt: typeof prompt === 'string' ? prompt : null,
    negative: typeof negative === 'string' ? negative : null,
  };
}

function parseObject(text: string, path: string): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(text), path);
  } catch (error) {
    if (error instanceof CosmosError) throw error;
    throw new CosmosError('input.invalid', `${path} is not JSON.`, {hint: HINT, cause: error, facts: {path}});
  }
}

function objectOf(value: unknown, path: string): Record<string, unknown> {
  if (value === undefined) return {};
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new CosmosError('input.invalid', `${path}: "inputs" and "parameters" must be JSON objects.`, {
    hint: HINT,
    facts: {path},
  });
}

async function readInputs(
  model: CustomModel,
  paths: Record<string, string>,
  findings: string[],
): Promise<ModelInput[]> {
  const inputs: ModelInput[] = [];
  for (const role of model.inputs) {
    const path = paths[role];
    if (path === undefined) {
      findings.push(`the input "${role}" is missing`);
      continue;
    }
    const input = await findingOf(findings, () => readInput(role, path));
    if (input) inputs.push(input);
  }
  return inputs;
}

async function readInput(role: string, path: string): Promise<ModelInput> {
  const plain = `${role}${extname(path).toLowerCase()}`;
  const name = plain === 'spec.json' ? 'spec-input.json' : plain;
  const mediaType = mediaTypeOf(path);
  const content = {path};
  if (mediaType.startsWith('video/'))
    return {name, role, mediaType, content, media: (await readPass(path)).media};
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile()) return {name, role, mediaType, content};
  throw new CosmosError('file.unreadable', `there is no file ${path} for the input "${role}"`);
}

/** What the model's JSON Schema says about the parameters. */
async function findParameterMistakes(
  {schema}: CustomModel,
  parameters: Record<string, unknown>,
): Promise<string[]> {
  if (schema === null) return [];
  const {Ajv2020} = await import('ajv/dist/2020.js');
  const validate = new Ajv2020({allErrors: true, strict: false, useDefaults: true}).compile(
    await readSchema(schema),
  );
  if (validate(parameters)) return [];
  return (validate.errors ?? []).map(
    ({instancePath, message}) => `parameter ${instancePath.slice(1) || '(all)'} ${message ?? 'is wrong'}`,
  );
}

async function readSchema(path: string): Promise<object> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as object;
  } catch (error) {
    throw new CosmosError('config.invalid', `Cannot read the schema ${path} of the model.`, {
      hint: 'Correct "schema" of the model in cosmos.toml; it is relative to that file.',
      cause: error,
      facts: {path},
    });
  }
}

function findUnfilledPlaces(
  model: CustomModel,
  given: {parameters: Record<string, unknown>; inputs: ModelInput[]},
): string[] {
  const known = new Set([
    'outputs',
    'spec',
    'job',
    ...Object.keys(given.parameters).map((name) => `parameters.${name}`),
    ...model.inputs.map((name) => `inputs.${name}`),
  ]);
  const places = new Set(model.argv.flatMap(placesIn));
  return Array.from(places)
    .filter((place) => !known.has(place))
    .map((place) =>
      place.startsWith('parameters.')
        ? `the parameter "${place.slice('parameters.'.length)}" has no value; give it with --set`
        : `its argv has a place {${place}} that nothing fills`,
    );
}
