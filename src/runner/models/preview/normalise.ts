/**
 * What a person asked a preview for, with every default filled in: a scene folder with weights, or a Transfer1 spec file.
 * All mistakes are found at once, before anything runs.
 */
import {CosmosError} from '../../../errors.ts';
import {findingOf, refuseFindings} from '../../findings.ts';
import {isObject, objectOf, textOf, type Json} from '../../json.ts';
import type {ModelInput, NormalRequest, RunRequest} from '../../model.ts';
import {findDisagreements, placeOfPass, readPass, type Pass, type PassName, type Scene} from '../../scene.ts';
import {isScene, placeIn, sceneOf, sourceName, type SceneSource, type SpecSource} from '../../source.ts';
import {numbersOf, SCENE_WEIGHT, unknownControls} from '../controls.ts';
import {idleFlags, readParameters} from '../parameters.ts';
import {COMPUTED, CONTROLS, type ControlName} from './controls.ts';
import {parametersOf, promptOf, warningsOf, weightOf} from './facts.ts';
import {PREVIEW} from './parameters.ts';
import {parsePreviewSpec} from './spec.ts';

const ADAPTER_VERSION = 1;
const DEFAULT_SEED = 1;
/** A whole spec, if the rest is right. */
const ANY_COLOR = {input_video_path: 'inputs/color.mp4'};
const NO_MAPS = 'a preview mixes its controls by numbers';
const HINT = 'Nothing was started. Correct it and run the command again.';

/** The file name of each pass below inputs/. */
const INPUT_FILES: Record<PassName, string> = {
  color: 'color.mp4',
  depth: 'depth.mp4',
  seg: 'segmentation.mp4',
  edge: 'edge.mp4',
  vis: 'vis.mp4',
};

/** A request without maps of weights. */
interface NumberRequest extends RunRequest {
  weights: Readonly<Record<string, number>>;
}

export async function normalise(asks: RunRequest): Promise<NormalRequest> {
  const findings: string[] = [];
  const request = {...asks, weights: numbersOf(asks.weights, NO_MAPS, findings)};
  findings.push(...findBadWeights(request), ...request.source.findings);
  const asked = readParameters(PREVIEW, request, {title: 'the preview', findings});
  const {source} = request;
  const {scene, spec} = isScene(source)
    ? fromScene(source, {request, asked}, findings)
    : await fromSpecFile(source, {request, asked}, findings);
  refuseFindings(sourceName(source), findings, HINT);
  const {used} = parsePreviewSpec(JSON.stringify(spec));
  return {
    kind: 'preview',
    model: {family: 'preview', adapterVersion: ADAPTER_VERSION},
    scene: sceneOf(source),
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
  spec: Json;
}

function findBadWeights({weights}: NumberRequest): string[] {
  return [
    ...unknownControls(weights, CONTROLS),
    ...Object.entries(weights)
      .filter(([, weight]) => !(weight >= 0))
      .map(([name]) => `the weight of ${name} is not a number of 0 or more`),
  ];
}

/** What the flags and --set say, beside the request itself. */
interface Said {
  request: NumberRequest;
  asked: Json;
}

function fromScene({scene}: SceneSource, said: Said, findings: string[]): Asked {
  const spec = specOfScene(said, scene, findings);
  findings.push(...findSpecMistakes(spec), ...findIdle(said, spec));
  return {scene, spec};
}

function specOfScene({request, asked}: Said, scene: Scene, findings: string[]): Json {
  const isWeighted = Object.keys(request.weights).length > 0;
  const spec: Json = {...textsOf(request), ...asked};
  for (const name of CONTROLS) {
    const isPossible = COMPUTED.includes(name) || scene.passes[name] !== undefined;
    const weight = request.weights[name] ?? (isWeighted || !isPossible ? 0 : SCENE_WEIGHT);
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

function textsOf(request: RunRequest): Json {
  return {
    prompt: request.prompt ?? '',
    ...(request.negative !== null && {negative_prompt: request.negative}),
    seed: request.seed ?? DEFAULT_SEED,
    input_video_path: `inputs/${INPUT_FILES.color}`,
  };
}

/** A Transfer1 spec file: its videos become passes; relative paths are relative to the file. */
async function fromSpecFile(source: SpecSource, said: Said, findings: string[]): Promise<Asked> {
  const spec = effectiveSpec(said, source.spec);
  findings.push(...findSpecMistakes(spec));
  const scene: Scene = {name: source.name, passes: {}, broken: []};
  for (const [name, file] of videosOf(spec)) {
    const pass = await findingOf(findings, () => readPass(placeIn(source, file)));
    if (pass) scene.passes[name] = pass;
  }
  findings.push(...findDisagreements(scene.passes), ...findIdle(said, spec));
  return {scene, spec: withInputs(spec, scene)};
}

/** The file with what the command line says laid over it. */
function effectiveSpec({request, asked}: Said, file: Json): Json {
  const spec: Json = {
    seed: DEFAULT_SEED,
    ...file,
    ...asked,
    ...(request.prompt !== null && {prompt: request.prompt}),
    ...(request.negative !== null && {negative_prompt: request.negative}),
  };
  for (const name of CONTROLS) {
    const weight = request.weights[name];
    if (weight !== undefined) spec[name] = {...objectOf(spec[name]), control_weight: weight};
  }
  return spec;
}

function findIdle({request}: Said, spec: Json): string[] {
  const isComputed = (name: string): boolean => {
    const control = spec[name];
    return isObject(control) && textOf(control['input_control']) === undefined;
  };
  return idleFlags(PREVIEW, request.flags, isComputed);
}

/** Each key is judged beside nothing but a colour pass, so that one mistake does not hide the next. */
function findSpecMistakes(spec: Json): string[] {
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
function videosOf(spec: Json): [PassName, string][] {
  const {input_video_path: color} = spec;
  const videos: [PassName, string][] = typeof color === 'string' && color !== '' ? [['color', color]] : [];
  for (const name of CONTROLS) {
    const file = objectOf(spec[name])['input_control'];
    if (typeof file === 'string' && file !== '' && weightIn(spec, name) > 0) videos.push([name, file]);
  }
  return videos;
}

/** What the parser takes as the weight: Transfer1's own default when the control names none. */
function weightIn(spec: Json, name: ControlName): number {
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

function withInputs(spec: Json, scene: Scene): Json {
  const next: Json = {...spec, input_video_path: `inputs/${INPUT_FILES.color}`};
  for (const name of CONTROLS) {
    if (scene.passes[name])
      next[name] = {...objectOf(spec[name]), input_control: `inputs/${INPUT_FILES[name]}`};
  }
  return next;
}

/** The spec for a program that finds the inputs in `folder`. */
function placeInputs(spec: Json, folder: string): Json {
  const placed: Json = {...spec, input_video_path: `${folder}/${INPUT_FILES.color}`};
  for (const name of CONTROLS) {
    const control = objectOf(spec[name]);
    if (control['input_control'] === `inputs/${INPUT_FILES[name]}`)
      placed[name] = {...control, input_control: `${folder}/${INPUT_FILES[name]}`};
  }
  return placed;
}

/** Passes that no control uses are not sent; the colour pass always is. */
function inputOf(name: PassName, pass: Pass, spec: Json): ModelInput[] {
  if (name !== 'color' && weightOf(spec, name) === 0) return [];
  return [
    {
      name: INPUT_FILES[name],
      role: name,
      mediaType: 'video/mp4',
      content: {path: placeOfPass(pass)},
      media: pass.media,
    },
  ];
}
