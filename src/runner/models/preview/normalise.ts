/**
 * What a person asked a preview for, with every default filled in: a scene folder with weights, or a Transfer1 spec file.
 * All mistakes are found at once, before anything runs.
 */
import {readFile, stat} from 'node:fs/promises';
import {basename, dirname, isAbsolute, join} from 'node:path';
import {CosmosError, isErrno} from '../../../errors.ts';
import {findingOf, refuseFindings} from '../../findings.ts';
import type {ModelInput, NormalRequest, RunRequest} from '../../model.ts';
import {findDisagreements, readPass, readScene, type Pass, type PassName, type Scene} from '../../scene.ts';
import {COMPUTED, CONTROLS, type ControlName} from './controls.ts';
import {PRESETS} from './presets.ts';
import {parsePreviewSpec} from './spec.ts';

const ADAPTER_VERSION = 1;
/** The weight of each control when none is given: what the Python predecessor's users are used to. */
const DEFAULT_WEIGHT = 0.25;
const DEFAULT_SEED = 1;
const SETTABLE = ['blur_strength', 'canny_threshold'];
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
  const isFolder = await isDirectory(request.source);
  const findings: string[] = [...findBadSettings(request)];
  const scene = isFolder ? await readScene(request.source, findings) : await readSpecFile(request, findings);
  const spec = isFolder ? specOfScene(request, scene, findings) : await specOfFile(request, scene);
  refuseFindings(request.source, findings, HINT);
  const {used} = parsePreviewSpec(JSON.stringify(spec));
  return {
    kind: 'preview',
    model: {family: 'preview', adapterVersion: ADAPTER_VERSION},
    scene: {name: scene.name},
    prompt: promptOf(used),
    parameters: parametersOf(used),
    spec: used,
    inputs: Object.entries(scene.passes).flatMap(([name, pass]) => inputOf(name as PassName, pass, used)),
    warnings: warningsOf(request, spec),
  };
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

function specOfScene(request: RunRequest, scene: Scene, findings: string[]): Record<string, unknown> {
  const isWeighted = Object.keys(request.weights).length > 0;
  const spec: Record<string, unknown> = {
    prompt: request.prompt ?? '',
    ...(request.negative !== null && {negative_prompt: request.negative}),
    seed: request.seed ?? DEFAULT_SEED,
    input_video_path: `inputs/${INPUT_FILES.color}`,
    ...request.set,
  };
  for (const name of CONTROLS) {
    const isPossible = COMPUTED.includes(name) || scene.passes[name] !== undefined;
    const weight = request.weights[name] ?? (isWeighted || !isPossible ? 0 : DEFAULT_WEIGHT);
    if (weight > 0 && !isPossible)
      findings.push(
        `${name} has weight ${weight}, but the scene has no ${INPUT_FILES[name]}, and only ${COMPUTED.join(' and ')} can be computed`,
      );
    if (weight > 0)
      spec[name] = {
        control_weight: weight,
        ...(scene.passes[name] && {input_control: `inputs/${INPUT_FILES[name]}`}),
      };
  }
  return spec;
}

/** A Transfer1 spec file: its videos become passes; relative paths are relative to the file. */
async function readSpecFile({source}: RunRequest, findings: string[]): Promise<Scene> {
  const spec = parsePreviewSpec(await readText(source));
  const scene: Scene = {name: basename(source).replace(/\.json$/i, ''), passes: {}};
  const files: [PassName, string][] = [['color', spec.colorFile]];
  for (const {name, file} of spec.controls) if (file !== undefined) files.push([name, file]);
  for (const [name, file] of files) {
    const path = isAbsolute(file) ? file : join(dirname(source), file);
    const pass = await findingOf(findings, () => readPass(path));
    if (pass) scene.passes[name] = pass;
  }
  findings.push(...findDisagreements(scene.passes));
  return scene;
}

async function specOfFile(request: RunRequest, scene: Scene): Promise<Record<string, unknown>> {
  const spec = JSON.parse(await readText(request.source)) as Record<string, unknown>;
  const next: Record<string, unknown> = {
    seed: DEFAULT_SEED,
    ...spec,
    ...request.set,
    ...(request.prompt !== null && {prompt: request.prompt}),
    ...(request.negative !== null && {negative_prompt: request.negative}),
    ...(request.seed !== null && {seed: request.seed}),
    input_video_path: `inputs/${INPUT_FILES.color}`,
  };
  for (const name of CONTROLS) {
    const given = typeof next[name] === 'object' && next[name] !== null ? next[name] : undefined;
    const weight = request.weights[name];
    if (!given && weight === undefined) continue;
    next[name] = {
      ...given,
      ...(weight !== undefined && {control_weight: weight}),
      ...(scene.passes[name] && {input_control: `inputs/${INPUT_FILES[name]}`}),
    };
  }
  return next;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw new CosmosError('file.unreadable', `Cannot read ${path} (${error.code ?? ''}).`, {
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

/** The weight of a control in a spec; 0 for one that it does not name. */
export function weightOf(spec: Record<string, unknown>, name: ControlName): number {
  const control = spec[name];
  if (typeof control !== 'object' || control === null) return 0;
  return 'control_weight' in control && typeof control.control_weight === 'number'
    ? control.control_weight
    : 0;
}

function promptOf(spec: Record<string, unknown>): NormalRequest['prompt'] {
  const {prompt, negative_prompt: negative} = spec;
  if (typeof prompt !== 'string' || prompt.trim() === '') return null;
  return {text: prompt, negative: typeof negative === 'string' ? negative : null};
}

function parametersOf(used: Record<string, unknown>): Record<string, unknown> {
  const weights = Object.fromEntries(CONTROLS.map((name) => [name, weightOf(used, name)]));
  const {seed, canny_threshold: cannyThreshold, blur_strength: blurStrength} = used;
  return {weights, seed, cannyThreshold, blurStrength};
}

function warningsOf(request: RunRequest, spec: Record<string, unknown>): string[] {
  const sum = CONTROLS.reduce((total, name) => total + weightOf(spec, name), 0);
  return [
    ...(sum > 1 ? [`the weights sum to ${Number(sum.toFixed(4))}; they were scaled to sum to 1`] : []),
    ...(request.seed !== null ? ['the seed is recorded; a preview uses no randomness'] : []),
    ...(sum === 0 ? ['no control has a weight above 0: the output is the colour pass'] : []),
  ];
}
