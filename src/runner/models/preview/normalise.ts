/**
 * What a person asked a preview for, with every default filled in: a scene folder with weights, or a Transfer1 spec file.
 * All mistakes are found at once, before anything runs.
 */
import {readFile, stat} from 'node:fs/promises';
import {basename, dirname, isAbsolute, join} from 'node:path';
import {CosmosError, isErrno} from '../../../errors.ts';
import {findingOf, refuseFindings} from '../../findings.ts';
import {mediaTypeOf} from '../../media-types.ts';
import type {ModelInput, NormalRequest, RunRequest} from '../../model.ts';
import {findDisagreements, readPass, readScene, type Pass, type PassName, type Scene} from '../../scene.ts';
import {COMPUTED, CONTROLS, type ControlName} from './controls.ts';
import {parametersOf, promptOf, warningsOf, weightOf} from './facts.ts';
import {PRESETS} from './presets.ts';
import {parsePreviewSpec} from './spec.ts';

const ADAPTER_VERSION = 1;
/** The weight of each control when none is given: what the Python predecessor's users are used to. */
const DEFAULT_WEIGHT = 0.25;
const DEFAULT_SEED = 1;
const SETTABLE = ['blur_strength', 'canny_threshold'];
/** A whole spec, if the rest is right. */
const ANY_COLOR = {input_video_path: 'inputs/color.mp4'};
/** The parser's own words help with a text that a person wrote, not with the bytes of a video. */
const SHORT_TEXT = 64 * 1024;
const HINT = 'Nothing was started. Correct it and run the command again.';

/** The file name of each pass below inputs/. */
const INPUT_FILES: Record<PassName, string> = {
  color: 'color.mp4',
  depth: 'depth.mp4',
  seg: 'segmentation.mp4',
  edge: 'edge.mp4',
  vis: 'vis.mp4',
};

export async function normalise(request: RunRequest): Promise<NormalRequest> {
  const findings: string[] = [...findBadSettings(request)];
  const {scene, spec} = (await isDirectory(request.source))
    ? await fromScene(request, findings)
    : await fromSpecFile(request, findings);
  refuseFindings(request.source, findings, HINT);
  const {used} = parsePreviewSpec(JSON.stringify(spec));
  return {
    kind: 'preview',
    model: {family: 'preview', adapterVersion: ADAPTER_VERSION},
    scene: {name: scene.name},
    prompt: promptOf(used),
    parameters: parametersOf(spec, used),
    makeSpec: (inputFolder) => placeInputs(used, inputFolder),
    inputs: Object.entries(scene.passes).flatMap(([name, pass]) => inputOf(name as PassName, pass, used)),
    warnings: warningsOf(request, spec),
  };
}

interface Asked {
  scene: Scene;
  /** With every input at inputs/. */
  spec: Record<string, unknown>;
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'EACCES', 'ENOTDIR')) throw error;
    throw new CosmosError('file.unreadable', `There is nothing to run at ${path} (${error.code ?? ''}).`, {
      hint: 'Give a scene (a folder with color.mp4 and its passes) or a spec file.',
      cause: error,
      facts: {path},
    });
  }
}

function findBadSettings({weights, set}: RunRequest): string[] {
  const unknownWeights = Object.keys(weights).filter((name) => !CONTROLS.some((control) => control === name));
  const unknownKeys = Object.keys(set).filter((key) => !SETTABLE.includes(key));
  return [
    ...unknownWeights.map((name) => `there is no control "${name}"; there are ${CONTROLS.join(', ')}`),
    ...Object.entries(weights)
      .filter(([, weight]) => !(weight >= 0))
      .map(([name]) => `the weight of ${name} is not a number of 0 or more`),
    ...unknownKeys.map(
      (key) =>
        `the preview has no parameter "${key}"; --set takes ${SETTABLE.join(' and ')} (${PRESETS.join(', ')})`,
    ),
  ];
}

async function fromScene(request: RunRequest, findings: string[]): Promise<Asked> {
  const scene = await readScene(request.source, findings);
  const spec = specOfScene(request, scene, findings);
  findings.push(...findSpecMistakes(spec));
  return {scene, spec};
}

function specOfScene(request: RunRequest, scene: Scene, findings: string[]): Record<string, unknown> {
  const isWeighted = Object.keys(request.weights).length > 0;
  const spec: Record<string, unknown> = {...textsOf(request), ...request.set};
  for (const name of CONTROLS) {
    const isPossible = COMPUTED.includes(name) || scene.passes[name] !== undefined;
    const weight = request.weights[name] ?? (isWeighted || !isPossible ? 0 : DEFAULT_WEIGHT);
    if (weight > 0 && !isPossible && !scene.broken.includes(name))
      findings.push(
        `${name} has weight ${weight}, but the scene has no ${INPUT_FILES[name]}, and only ${COMPUTED.join(' and ')} can be computed`,
      );
    if (weight > 0 && isPossible)
      spec[name] = {
        control_weight: weight,
        ...(scene.passes[name] && {input_control: `inputs/${INPUT_FILES[name]}`}),
      };
  }
  return spec;
}

function textsOf(request: RunRequest): Record<string, unknown> {
  return {
    prompt: request.prompt ?? '',
    ...(request.negative !== null && {negative_prompt: request.negative}),
    seed: request.seed ?? DEFAULT_SEED,
    input_video_path: `inputs/${INPUT_FILES.color}`,
  };
}

/** A Transfer1 spec file: its videos become passes; relative paths are relative to the file. */
async function fromSpecFile(request: RunRequest, findings: string[]): Promise<Asked> {
  const {source} = request;
  const spec = effectiveSpec(request, await readSpecObject(source));
  findings.push(...findSpecMistakes(spec));
  const scene: Scene = {name: basename(source).replace(/\.json$/i, ''), passes: {}, broken: []};
  for (const [name, file] of videosOf(spec)) {
    const path = isAbsolute(file) ? file : join(dirname(source), file);
    const pass = await findingOf(findings, () => readPass(path));
    if (pass) scene.passes[name] = pass;
  }
  findings.push(...findDisagreements(scene.passes));
  return {scene, spec: withInputs(spec, scene)};
}

/** The file with what the command line says laid over it. */
function effectiveSpec(request: RunRequest, file: Record<string, unknown>): Record<string, unknown> {
  const spec: Record<string, unknown> = {
    seed: DEFAULT_SEED,
    ...file,
    ...request.set,
    ...(request.prompt !== null && {prompt: request.prompt}),
    ...(request.negative !== null && {negative_prompt: request.negative}),
    ...(request.seed !== null && {seed: request.seed}),
  };
  for (const name of CONTROLS) {
    const weight = request.weights[name];
    if (weight !== undefined) spec[name] = {...objectOf(spec[name]), control_weight: weight};
  }
  return spec;
}

/** Each key is judged beside nothing but a colour pass, so that one mistake does not hide the next. */
function findSpecMistakes(spec: Record<string, unknown>): string[] {
  const {input_video_path: color, ...rest} = spec;
  const parts = [
    {input_video_path: color},
    ...Object.entries(rest).map(([key, value]) => ({...ANY_COLOR, [key]: value})),
  ];
  return parts.flatMap((part) => {
    try {
      parsePreviewSpec(JSON.stringify(part));
      return [];
    } catch (error) {
      if (!(error instanceof CosmosError)) throw error;
      return [error.hint === undefined ? error.message : `${error.message}. ${error.hint}`];
    }
  });
}

/** The videos that the spec needs, as it writes them; controls of weight 0 need none. */
function videosOf(spec: Record<string, unknown>): [PassName, string][] {
  const {input_video_path: color} = spec;
  const videos: [PassName, string][] = typeof color === 'string' && color !== '' ? [['color', color]] : [];
  for (const name of CONTROLS) {
    const file = objectOf(spec[name])['input_control'];
    if (typeof file === 'string' && file !== '' && weightIn(spec, name) > 0) videos.push([name, file]);
  }
  return videos;
}

/** What the parser takes as the weight: Transfer1's own default when the control names none. */
function weightIn(spec: Record<string, unknown>, name: ControlName): number {
  const [only] = findingFree(
    () => parsePreviewSpec(JSON.stringify({...ANY_COLOR, [name]: spec[name]})).controls,
  );
  return only?.weight ?? 0;
}

function findingFree<T>(parse: () => T[]): T[] {
  try {
    return parse();
  } catch (error) {
    if (error instanceof CosmosError) return [];
    throw error;
  }
}

function withInputs(spec: Record<string, unknown>, scene: Scene): Record<string, unknown> {
  const next: Record<string, unknown> = {...spec, input_video_path: `inputs/${INPUT_FILES.color}`};
  for (const name of CONTROLS) {
    if (scene.passes[name])
      next[name] = {...objectOf(spec[name]), input_control: `inputs/${INPUT_FILES[name]}`};
  }
  return next;
}

/** The spec for a program that finds the inputs in `folder`. */
function placeInputs(spec: Record<string, unknown>, folder: string): Record<string, unknown> {
  const placed: Record<string, unknown> = {...spec, input_video_path: `${folder}/${INPUT_FILES.color}`};
  for (const name of CONTROLS) {
    const control = objectOf(spec[name]);
    if (control['input_control'] === `inputs/${INPUT_FILES[name]}`)
      placed[name] = {...control, input_control: `${folder}/${INPUT_FILES[name]}`};
  }
  return placed;
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

async function readSpecObject(path: string): Promise<Record<string, unknown>> {
  const value = parseJson(await readText(path), path);
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new CosmosError('input.invalid', `${path} is JSON, but not a JSON object.`, {
    hint: 'A spec file looks like {"prompt": "…", "input_video_path": "color.mp4", "edge": {"control_weight": 0.5}}.',
    facts: {path},
  });
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const hint = mediaTypeOf(path).startsWith('video/')
      ? `To run on a video, put it into a folder as color.mp4, with depth.mp4 and segmentation.mp4 beside it if you have them, and give the folder.`
      : 'Give a scene (a folder with color.mp4 and its passes) or a spec file in JSON.';
    throw new CosmosError(
      'input.invalid',
      `${path} is not a spec file: it is not JSON${error instanceof Error && text.length < SHORT_TEXT ? ` (${error.message.replaceAll(/\s+/g, ' ')})` : ''}.`,
      {hint: `Nothing was started. ${hint}`, cause: error, facts: {path}},
    );
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw new CosmosError('file.unreadable', `Cannot read ${path} (${error.code ?? ''}).`, {
      hint: 'Nothing was started. Make the file readable for your user, or give another one.',
      cause: error,
      facts: {path},
    });
  }
}

/** Passes that no control uses are not sent; the colour pass always is. */
function inputOf(name: PassName, pass: Pass, spec: Record<string, unknown>): ModelInput[] {
  if (name !== 'color' && weightOf(spec, name) === 0) return [];
  return [
    {
      name: INPUT_FILES[name],
      role: name,
      mediaType: 'video/mp4',
      content: {path: pass.path},
      media: pass.media,
    },
  ];
}
