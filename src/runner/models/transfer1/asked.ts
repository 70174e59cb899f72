/**
 * What a person asked Transfer1 for, from a scene folder or a control spec file, as one spec: defaults below, the file (or
 * the scene's passes) above them, the command line on top. Paths are as they were written.
 */
import {readFile, stat} from 'node:fs/promises';
import {basename, dirname, join, resolve} from 'node:path';
import {CosmosError, isErrno} from '../../../errors.ts';
import type {RunRequest} from '../../model.ts';
import {readScene, type Pass, type Scene} from '../../scene.ts';
import {AUTOMATIC, HINTS, isHint, SCENE_HINTS} from './hints.ts';
import {isObject, objectOf, textOf, type Json} from './json.ts';
import {OPTION_KEYS} from './options.ts';

export interface Asked {
  name: string;
  spec: Json;
  /** What the spec file and the command line named, without defaults. */
  given: Json;
  /** Where relative paths of the spec start. */
  folder: string;
  /** Videos that were probed already, by absolute path; null for one whose fault is among the findings. */
  known: ReadonlyMap<string, Pass | null>;
}

/** Transfer1's own defaults (transfer.py: parse_arguments), written out so that the run's document says them. */
const DEFAULTS: Json = {
  num_steps: 35,
  guidance: 5,
  sigma_max: 70,
  seed: 1,
  fps: 24,
  blur_strength: 'medium',
  canny_threshold: 'medium',
};
/** Of each control of a scene when no weight is given: the same that a preview gives. */
const SCENE_WEIGHT = 0.25;
export const SEG_PROMPT = 'seg.input_control_prompt';
/** Parameters that stand in every spec. */
export const SPEC_KEYS: readonly string[] = Object.keys(DEFAULTS);
const SETTABLE = [...SPEC_KEYS, SEG_PROMPT, ...OPTION_KEYS];

/** @throws CosmosError file.unreadable, input.invalid for a source that cannot be read at all */
export async function readAsked(request: RunRequest, findings: string[]): Promise<Asked> {
  const isScene = await isFolder(request.source);
  const settable = isScene ? SETTABLE : [...SETTABLE, 'root'];
  findings.push(
    ...Object.keys(request.weights)
      .filter((name) => !isHint(name))
      .map((name) => `there is no control "${name}"; there are ${HINTS.join(', ')}`),
    ...Object.keys(request.set)
      .filter((key) => !settable.includes(key))
      .map((key) => `Transfer1 has no parameter "${key}"; --set takes ${settable.join(', ')}`),
  );
  return isScene ? fromScene(request, findings) : fromFile(request, findings);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw unreadable(`There is nothing to run at ${path} (${error.code ?? ''}).`, path, error);
  }
}

function unreadable(message: string, path: string, cause: Error): CosmosError {
  return new CosmosError('file.unreadable', message, {
    hint: 'Nothing was started. Give a scene (a folder with color.mp4 and its passes) or a control spec file.',
    cause,
    facts: {path},
  });
}

async function fromScene(request: RunRequest, findings: string[]): Promise<Asked> {
  const scene = await readScene(request.source, findings);
  const color = join(request.source, 'color.mp4');
  const known = new Map<string, Pass | null>(Object.values(scene.passes).map((pass) => [pass.path, pass]));
  if (!known.has(color)) known.set(color, null);
  const given = fromCommandLine(request, controlsOfScene(request, scene));
  const spec = {...DEFAULTS, ...given, input_video_path: color};
  return {name: scene.name, spec, given, folder: request.source, known};
}

/** Every pass and what can be computed: at the weights that were given, else vis, edge and the passes that are there. */
function controlsOfScene({weights}: RunRequest, {passes}: Scene): Json {
  const isWeighted = Object.keys(weights).length > 0;
  const controls: Json = {};
  for (const hint of HINTS) {
    const pass = SCENE_HINTS.some((name) => name === hint) ? passes[hint as keyof typeof passes] : undefined;
    const isUsual = hint === 'vis' || hint === 'edge' || pass !== undefined;
    const weight = weights[hint] ?? (isWeighted || !isUsual ? 0 : SCENE_WEIGHT);
    if (weight > 0 || weights[hint] !== undefined)
      controls[hint] = {control_weight: weight, ...(pass && {input_control: pass.path})};
  }
  return controls;
}

async function fromFile(request: RunRequest, findings: string[]): Promise<Asked> {
  const {source, set} = request;
  const file = await readSpecObject(source);
  const {root = '.'} = set;
  if (typeof root !== 'string') findings.push('"root" must be a folder');
  const folder = resolve(dirname(source), String(root));
  const given = fromCommandLine(request, file);
  return {
    name: basename(source).replace(/\.json$/i, ''),
    spec: {...DEFAULTS, ...given},
    given,
    folder,
    known: new Map(),
  };
}

/** A spec with what the command line says laid over it. */
function fromCommandLine(request: RunRequest, spec: Json): Json {
  const set = Object.entries(request.set).filter(([key]) => key !== SEG_PROMPT && key !== 'root');
  const segPrompt = request.set[SEG_PROMPT];
  const next: Json = {
    ...spec,
    ...Object.fromEntries(set),
    ...(request.prompt !== null && {prompt: request.prompt}),
    ...(request.negative !== null && {negative_prompt: request.negative}),
    ...(request.seed !== null && {seed: request.seed}),
  };
  for (const hint of HINTS) {
    const weight = request.weights[hint];
    if (weight !== undefined) next[hint] = {...objectOf(next[hint]), control_weight: weight};
  }
  if (segPrompt !== undefined && isObject(next['seg']))
    next['seg'] = {...next['seg'], input_control_prompt: segPrompt};
  return next;
}

/** Whether Transfer1 would compute a control of this spec. */
export function isAutomatic(spec: Json, hint: (typeof HINTS)[number]): boolean {
  const control = spec[hint];
  return isObject(control) && AUTOMATIC.includes(hint) && textOf(control['input_control']) === undefined;
}

async function readSpecObject(path: string): Promise<Json> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (!isErrno(error)) throw error;
    throw unreadable(`Cannot read ${path} (${error.code ?? ''}).`, path, error);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notSpec(`${path} is not a control spec: it is not JSON.`, path, error);
  }
  if (isObject(value)) return value;
  throw notSpec(`${path} is JSON, but not a JSON object.`, path);
}

function notSpec(message: string, path: string, cause?: unknown): CosmosError {
  return new CosmosError('input.invalid', message, {
    hint: 'Nothing was started. A control spec looks like {"prompt": "…", "input_video_path": "color.mp4", "edge": {"control_weight": 0.5}}, without comments or trailing commas; a scene is a folder with color.mp4.',
    cause,
    facts: {path},
  });
}
