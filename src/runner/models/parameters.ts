/**
 * The parameters of a model as one table: what `--set` takes, which flag of `cosmos run` stands for it, where it arrives,
 * and what it is when nobody says. The command line, the library and the documentation read the same table.
 */
import {suggestion} from '../../nearest.ts';
import {withValueAt, type Json} from '../json.ts';

/** Flags that several models have in common. --prompt, --negative, --weights and --seed are no parameters: every model has them. */
export const FLAG_NAMES = [
  'steps',
  'guidance',
  'sigma-max',
  'fps',
  'resolution',
  'max-frames',
  'blur-strength',
  'canny-threshold',
  'gpus',
] as const;
export type FlagName = (typeof FLAG_NAMES)[number];
export type Flags = Readonly<Partial<Record<FlagName, unknown>>>;

export interface Parameter {
  /** What --set takes, and the name in the run's document. */
  key: string;
  flag?: FlagName;
  /** Members of the spec, with dots; or the word of the command line that carries it. */
  at: {spec: string} | {option: string};
  /** Absent: nothing is sent, and the model decides. */
  default?: unknown;
  /** Of a word of the command line: what it may be. The schema says it of a member of the spec. */
  takes?: 'switch' | 'count' | 'port' | readonly string[];
  /** The model wants a number as a text; on the command line either is meant. */
  isText?: boolean;
  /** It acts only on this control, and only while the model computes it. */
  actsOn?: string;
  meaning: string;
}

/** The part of a request that parameters come from. */
export interface Said {
  set: Readonly<Json>;
  flags: Flags;
  seed: number | null;
  /** Parameters of an earlier run. */
  base?: Readonly<Json>;
}

export interface ParameterTable {
  parameters: readonly Parameter[];
  /** Why a flag can have no effect on this model. */
  refused: Readonly<Partial<Record<FlagName, string>>>;
}

/** What was asked for on the command line, by the key of each parameter. What the model cannot take goes to `findings`. */
export function readParameters(
  {parameters, refused}: ParameterTable,
  {set, flags, seed, base = {}}: Said,
  {title, findings}: {title: string; findings: string[]},
): Json {
  const keys = parameters.map(({key}) => key);
  const asked: Json = {};
  for (const [key, value] of Object.entries(set)) {
    const parameter = parameters.find((candidate) => candidate.key === key);
    if (parameter) asked[key] = spelled(parameter, value);
    else
      findings.push(
        `${title} has no parameter "${key}"${suggestion(key, keys)}; --set takes ${keys.join(', ')}`,
      );
  }
  for (const [name, value] of Object.entries(flags) as [FlagName, unknown][]) {
    const parameter = parameters.find(({flag}) => flag === name);
    if (!parameter) findings.push(`--${name}: ${refused[name] ?? `${title} has no such parameter`}`);
    else if (asked[parameter.key] !== undefined)
      findings.push(`--${name} and --set ${parameter.key} say the same thing; give one of them`);
    else asked[parameter.key] = spelled(parameter, value);
  }
  if (seed !== null) asked['seed'] = seed;
  return {...Object.fromEntries(Object.entries(base).filter(([key]) => keys.includes(key))), ...asked};
}

function spelled({isText}: Parameter, value: unknown): unknown {
  return isText === true && typeof value === 'number' ? String(value) : value;
}

/** Flags of a control that the model does not compute: they would have no effect. */
export function idleFlags(
  {parameters}: ParameterTable,
  flags: Flags,
  isComputed: (control: string) => boolean,
): string[] {
  return parameters.flatMap(({flag, actsOn}) =>
    flag === undefined || actsOn === undefined || flags[flag] === undefined || isComputed(actsOn)
      ? []
      : [
          `--${flag} has no effect: ${actsOn} is given, or none of the controls, and not computed by the model`,
        ],
  );
}

/** The members that parameters of the spec have, laid over a spec. */
export function laidOver(spec: Json, {parameters}: ParameterTable, values: Json): Json {
  let next = spec;
  for (const parameter of parameters) {
    const value = values[parameter.key];
    if (value !== undefined && 'spec' in parameter.at)
      next = withValueAt(next, pathOf(parameter.at.spec), value);
  }
  return next;
}

export function pathOf(members: string): string[] {
  return members.split('.');
}
