/** What the runs of a sheet have in common, and in what they differ: said once, or marked at each. */
import type {RunDocument} from '../../manifest/types.gen.ts';
import {isObject} from '../../runner/json.ts';

/** Name and text, in the order in which they are shown. */
export type Facts = ReadonlyMap<string, string>;

export interface Comparison {
  /** The same in every run. */
  common: Facts;
  /** Names of what differs, in the order of the first run that has it. */
  differing: readonly string[];
  /** Of each run, in the order of the runs. */
  facts: readonly Facts[];
}

/** Shown before the parameters. */
export const PROMPT = 'prompt';
export const NEGATIVE = 'negative';

export function compareRuns(runs: readonly RunDocument[]): Comparison {
  const facts = runs.map(factsOf);
  const names = new Set(facts.flatMap((each) => Array.from(each.keys())));
  const isCommon = (name: string): boolean => facts.every((each) => each.get(name) === facts[0]?.get(name));
  const common = new Map(Array.from(facts[0] ?? []).filter(([name]) => isCommon(name)));
  return {common, differing: Array.from(names).filter((name) => !common.has(name)), facts};
}

function factsOf({kind, model, prompt, scene, execution, parameters}: RunDocument): Facts {
  const name = model.name ?? model.family;
  return new Map([
    ...pair(PROMPT, prompt?.text),
    ...pair(NEGATIVE, prompt?.negative),
    ...pair('scene', scene?.name),
    ['model', name === kind ? name : `${name}, ${kind}`],
    ...pair('revision', model.revision),
    ['target', execution.target],
    ...flatten(parameters, ''),
  ]);
}

function pair(name: string, value: string | null | undefined): [string, string][] {
  return value === null || value === undefined || value === '' ? [] : [[name, value]];
}

/** `weights.edge`, as the command line takes it; a parameter may have the name of a fact. */
function flatten(value: unknown, path: string): [string, string][] {
  if (isObject(value) && (path === '' || Object.keys(value).length > 0))
    return Object.entries(value).flatMap(([key, inner]) =>
      flatten(inner, path === '' ? key : `${path}.${key}`),
    );
  return [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
}
