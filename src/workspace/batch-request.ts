/** From the fields of one item of a batch or a sweep to a request, on top of what the command line says of all of them. */
import {isObject, objectOf, type Json} from '../runner/json.ts';
import type {Weight} from '../runner/model.ts';
import {FLAG_NAMES, type FlagName} from '../runner/models/parameters.ts';
import type {BatchItem} from './batch-file.ts';
import type {StartRequest} from './start-run.ts';
import {readWeight} from './weights.ts';

const TEXTS = ['source', 'prompt', 'negative', 'model', 'target', 'name'] as const;

/** What is wrong with the item goes to `findings`. */
export function requestOfItem(common: StartRequest, {fields}: BatchItem, findings: string[]): StartRequest {
  const request = {...common};
  for (const [key, value] of Object.entries(fields)) apply(request, {key, value}, findings);
  return request;
}

function apply(request: StartRequest, {key, value}: {key: string; value: unknown}, findings: string[]): void {
  if (value === null) return;
  if (isTextField(key)) applyText(request, {key, value}, findings);
  else if (key === 'upscale') applyUpscale(request, value, findings);
  else if (key === 'seed') applySeed(request, value, findings);
  else if (key === 'weights') applyWeights(request, value, findings);
  else if (key.startsWith('weights.'))
    applyWeights(request, {[key.slice('weights.'.length)]: value}, findings);
  else if (isFlag(key)) request.flags = {...request.flags, [key]: value};
  else request.set = {...request.set, [key]: value};
}

function isTextField(key: string): key is (typeof TEXTS)[number] {
  return TEXTS.some((name) => name === key);
}

function isFlag(key: string): key is FlagName {
  return FLAG_NAMES.some((name) => name === key);
}

function applyText(
  request: StartRequest,
  {key, value}: {key: (typeof TEXTS)[number]; value: unknown},
  findings: string[],
): void {
  if (typeof value === 'string' && value !== '') request[key] = value;
  else findings.push(`"${key}" must be a text`);
}

function applySeed(request: StartRequest, value: unknown, findings: string[]): void {
  if (typeof value === 'number' && Number.isInteger(value)) request.seed = value;
  else findings.push('"seed" must be a whole number');
}

function applyUpscale(request: StartRequest, value: unknown, findings: string[]): void {
  if (typeof value === 'boolean') request.upscale = value;
  else findings.push('"upscale" must be true or false');
}

/** An object, or a text as --weights takes it. Those of an item count beside those of the command line. */
function applyWeights(request: StartRequest, value: unknown, findings: string[]): void {
  const given = typeof value === 'string' ? pairsOf(value) : value;
  const weights = Object.entries(objectOf(given)).flatMap(([name, each]): [string, Weight][] => {
    const weight = readWeight(each, request.folder);
    return weight === undefined ? [] : [[name, weight]];
  });
  if (isObject(given) && weights.length === Object.keys(given).length)
    request.weights = {...request.weights, ...Object.fromEntries(weights)};
  else
    findings.push(
      '"weights" must be numbers of 0 or more, or names of .pt files, as in {"edge": 0.5} or "edge=0.5,depth=maps/depth.pt"',
    );
}

function pairsOf(text: string): Json {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [name.trim(), value.join('=')];
    }),
  );
}
