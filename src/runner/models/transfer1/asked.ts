/**
 * What a person asked Transfer1 for, from a scene or a control spec, as one spec: defaults below, the file (or the scene's
 * passes) above them, the command line on top. Paths are as they were written.
 */
import {resolve} from 'node:path';
import {isObject, objectOf, onlyKeys, textOf, type Json} from '../../json.ts';
import type {RunRequest} from '../../model.ts';
import type {Scene} from '../../scene.ts';
import {isScene, type SceneSource, type SpecSource} from '../../source.ts';
import {placesInScene, type Places} from '../nvidia/files.ts';
import {SCENE_WEIGHT, unknownControls} from '../controls.ts';
import {laidOver, readParameters} from '../parameters.ts';
import {AUTOMATIC, HINTS, SCENE_HINTS} from './hints.ts';
import {isMultiview, tableOf} from './multiview.ts';
import {OPTION_KEYS, SEG_KEYS, specDefaults, TRANSFER1, VIEW_KEYS} from './parameters.ts';

export interface Asked extends Places {
  spec: Json;
  /** What the spec file and the command line named, without defaults. */
  given: Json;
}

/** Stands for a colour pass that is missing or broken, which is among the findings. */
const NO_COLOR = 'color.mp4';

export function readAsked(request: RunRequest, findings: string[]): Asked {
  const {source} = request;
  findings.push(...unknownControls(request.weights, HINTS), ...source.findings);
  return isScene(source) ? fromScene(source, request, findings) : fromFile(source, request, findings);
}

function fromScene({scene}: SceneSource, request: RunRequest, findings: string[]): Asked {
  const color = scene.passes.color?.path ?? resolve(scene.folder ?? '', NO_COLOR);
  const given = fromCommandLine(request, controlsOfScene(request, scene), findings);
  const spec = {...specDefaults(TRANSFER1), ...given, input_video_path: color};
  return {spec, given, ...placesInScene(scene, color)};
}

/** Every pass and what can be computed: at the weights that were given, else vis, edge and the passes that are there. */
function controlsOfScene({weights}: RunRequest, {passes}: Scene): Json {
  const isWeighted = Object.keys(weights).length > 0;
  const controls: Json = {};
  for (const hint of HINTS) {
    const pass = SCENE_HINTS.some((name) => name === hint) ? passes[hint as keyof typeof passes] : undefined;
    const isUsual = hint === 'vis' || hint === 'edge' || pass !== undefined;
    const weight = weights[hint] ?? (isWeighted || !isUsual ? undefined : SCENE_WEIGHT);
    if (weight !== undefined)
      controls[hint] = {control_weight: weight, ...(pass && {input_control: pass.path})};
  }
  return controls;
}

function fromFile(
  {spec: file, folder: own, locate, known = new Map()}: SpecSource,
  request: RunRequest,
  findings: string[],
): Asked {
  const {root = '.', ...set} = request.set;
  if (typeof root !== 'string') findings.push('"root" must be a folder');
  const given = fromCommandLine({...request, set}, file, findings);
  return {
    spec: {...specDefaults(tableOf(file)), ...given},
    given,
    folder: resolve(own, String(root)),
    known,
    locate,
  };
}

/** A spec with what the command line says laid over it. */
function fromCommandLine(request: RunRequest, spec: Json, findings: string[]): Json {
  const table = tableOf(spec);
  const set = onlyKeys(request.set, (key) => isMultiview(spec) || !VIEW_KEYS.includes(key));
  for (const key of Object.keys(request.set).filter((each) => !(each in set)))
    findings.push(`"${key}" has no effect: it is for specs with a list of videos for hdmap or lidar`);
  const title = isMultiview(spec) ? 'Transfer1 for several views' : 'Transfer1';
  const asked = readParameters(table, {...request, set}, {title, findings});
  const isOfSeg = (key: string): boolean => SEG_KEYS.includes(key);
  let next: Json = {
    ...laidOver(
      spec,
      table,
      onlyKeys(asked, (key) => !isOfSeg(key)),
    ),
    ...onlyKeys(asked, (key) => OPTION_KEYS.includes(key)),
    ...(request.prompt !== null && {prompt: request.prompt}),
    ...(request.negative !== null && {negative_prompt: request.negative}),
  };
  for (const hint of HINTS) {
    const weight = request.weights[hint];
    if (weight !== undefined) next = {...next, [hint]: {...objectOf(next[hint]), control_weight: weight}};
  }
  // A parameter of a control that is not there would make that control.
  if (isObject(next['seg'])) return laidOver(next, table, onlyKeys(asked, isOfSeg));
  for (const key of Object.keys(onlyKeys(request.set, isOfSeg)))
    findings.push(`"${key}" has no effect: seg is none of the controls`);
  return next;
}

/** Whether Transfer1 would compute a control of this spec. */
export function isAutomatic(spec: Json, hint: (typeof HINTS)[number]): boolean {
  const control = spec[hint];
  return isObject(control) && AUTOMATIC.includes(hint) && textOf(control['input_control']) === undefined;
}
