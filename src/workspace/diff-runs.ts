/** What differs between two runs: what was asked for, what went in, what came out, how it went. From the documents alone. */
import {readAll} from '../cas/verified-read.ts';
import type {Descriptor} from '../cas/descriptor.ts';
import type {RunDocument, RunFile} from '../manifest/types.gen.ts';
import {isObject} from '../runner/json.ts';
import type {Workspace} from './workspace.ts';

/** A value by its dotted path; undefined on the side that has none. */
export interface ValueDifference {
  path: string;
  a: unknown;
  b: unknown;
}

export interface FileDifference {
  name: string;
  state: 'same' | 'different' | 'only in a' | 'only in b';
  a: Descriptor | null;
  b: Descriptor | null;
}

export interface RunDifference {
  a: string;
  b: string;
  /** Model, target, prompt, result and times. */
  facts: ValueDifference[];
  parameters: ValueDifference[];
  /** Of the specs, where both are JSON; the paths of inputs on the target are left out. */
  spec: ValueDifference[];
  inputs: FileDifference[];
  outputs: FileDifference[];
}

export async function diffRuns(workspace: Workspace, first: string, second: string): Promise<RunDifference> {
  const [a, b] = await Promise.all(
    [first, second].map((id) => workspace.documents.read('runs', workspace.index.resolve('runs', id))),
  );
  if (!a || !b) throw new Error('two runs were read');
  return {
    a: a.id,
    b: b.id,
    facts: diffValues(factsOf(a), factsOf(b)),
    parameters: diffValues(a.parameters, b.parameters),
    spec: diffValues(await readSpec(workspace, a), await readSpec(workspace, b)),
    inputs: diffFiles(a.inputs.filter(isNoSpec), b.inputs.filter(isNoSpec)),
    outputs: diffFiles(a.outputs, b.outputs),
  };
}

/** Whether nothing that was asked for differs, and nothing that went in. */
export function isSameRequest({facts, parameters, spec, inputs}: RunDifference): boolean {
  const asked = facts.filter(({path}) => /^(?:model|kind|prompt)/.test(path));
  return [...asked, ...parameters, ...spec].length === 0 && inputs.every(({state}) => state === 'same');
}

function isNoSpec({role}: RunFile): boolean {
  return role !== 'spec';
}

function factsOf(run: RunDocument): Record<string, unknown> {
  const {kind, model, prompt, execution, status, failure, cost, rating} = run;
  return {
    kind,
    model,
    prompt: prompt && {text: prompt.text, negative: prompt.negative},
    target: execution.target,
    gpu: execution.gpu?.name,
    status,
    failure: failure?.class,
    durationMs: execution.phaseMs?.['running'],
    cost: cost?.amount,
    rating,
  };
}

/** Every leaf that differs, in the order of the paths. */
export function diffValues(a: unknown, b: unknown, path = ''): ValueDifference[] {
  if (isObject(a) && isObject(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].toSorted();
    return keys.flatMap((key) => diffValues(a[key], b[key], path === '' ? key : `${path}.${key}`));
  }
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null) ? [] : [{path, a, b}];
}

async function readSpec({store}: Workspace, {spec}: RunDocument): Promise<unknown> {
  if (!spec) return {};
  return withoutPlaces(JSON.parse((await readAll(store.fetch(spec))).toString('utf8')));
}

/** `/box/jobs/rs_1/inputs/color.mp4` says where a run lay, not what it is. */
function withoutPlaces(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/^.*[\\/]inputs[\\/](?=[^\\/]+$)/, 'inputs/');
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutPlaces(inner)]));
}

function diffFiles(a: readonly RunFile[], b: readonly RunFile[]): FileDifference[] {
  const names = [...new Set([...a, ...b].map(({name}) => name))].toSorted();
  return names.map((name) => {
    const [inA, inB] = [a, b].map((files) => files.find((file) => file.name === name));
    const state =
      inA && inB ? (inA.digest === inB.digest ? 'same' : 'different') : inA ? 'only in a' : 'only in b';
    return {name, state, a: inA ? descriptorOf(inA) : null, b: inB ? descriptorOf(inB) : null};
  });
}

function descriptorOf({mediaType, digest, size}: RunFile): Descriptor {
  return {mediaType, digest, size};
}
