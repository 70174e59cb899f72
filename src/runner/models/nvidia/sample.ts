/**
 * A request to a model whose spec is one sample: members beside an object for each control, with paths that start at the
 * spec's folder. Transfer2.5 and Cosmos 3 differ in names and rules only; what they have in common is here. Everything that
 * is wrong is said at once, before anything is sent.
 */
import {readFile} from 'node:fs/promises';
import {refuseFindings} from '../../findings.ts';
import {isObject, objectOf, textOf, valueAt, withValueAt, type Json} from '../../json.ts';
import type {ModelInput, NormalRequest, RunRequest} from '../../model.ts';
import type {PassName} from '../../scene.ts';
import {isScene, sceneOf, sourceName, type SceneSource} from '../../source.ts';
import {numbersOf, SCENE_WEIGHT, unknownControls} from '../controls.ts';
import {idleFlags, laidOver, pathOf, readParameters, type ParameterTable} from '../parameters.ts';
import {collectRefs, inputName, placesInScene, readInputs, type FileRef, type Places} from './files.ts';
import {readOptions} from './options.ts';
import {describeSpecMistakes, type SpecValidator} from './spec-findings.ts';

export interface SampleControl {
  /** The member of the spec. */
  key: string;
  /** The pass of a scene that it takes; null for a control that no scene has. */
  pass: PassName | null;
  /** Whether the model computes it when no video is given. */
  isComputed: boolean;
}

/** A member of a spec that names a file. */
export interface FileMember {
  /** With dots. */
  at: string;
  role: string;
  stem: string;
  isVideo: boolean;
}

export interface SampleFamily {
  title: string;
  family: string;
  adapterVersion: number;
  table: ParameterTable;
  controls: readonly SampleControl[];
  /** The member of a control that holds its weight. */
  weight: string;
  /** Why a map of weights cannot be sent, and what there is instead. */
  noMaps: string;
  /** The member that names the colour pass. */
  video: string;
  files: readonly FileMember[];
  /** Loaded when a spec is looked at: most commands look at none. */
  loadValidator: () => Promise<{validate: SpecValidator}>;
  /** What no schema can say. */
  look: (sample: Sample) => {findings: readonly string[]; warnings: readonly string[]};
}

/** A spec with all that is known of it. */
export interface Sample {
  spec: Json;
  options: Json;
  inputs: readonly ModelInput[];
  /** Controls of the spec, in the order of the family. */
  controls: readonly SampleControl[];
}

/** The name of a sample that has none: the same file names whatever model made them. */
const SAMPLE_NAME = 'output';
const HINT =
  'Nothing was started. Correct it and run the command again. Relative paths of a spec start at its folder.';

/** @throws CosmosError input.invalid, file.unreadable */
export async function normaliseSample(family: SampleFamily, request: RunRequest): Promise<NormalRequest> {
  const findings: string[] = [];
  const weights = numbersOf(request.weights, family.noMaps, findings);
  const {spec, options, dropped} = askedSample(family, {...request, weights}, findings);
  const {validate} = await family.loadValidator();
  findings.push(...describeSpecMistakes(validate, spec));
  const refs = collectRefs((place) => mapFiles(family, spec, place));
  const inputs = await readInputs(refs, placesOf(family, request, spec), findings);
  const sample: Sample = {spec, options, inputs, controls: controlsOf(family, spec)};
  const {findings: found, warnings} = family.look(sample);
  findings.push(
    ...found,
    ...idleFlags(family.table, request.flags, (control) => isComputed(sample, control)),
  );
  refuseFindings(sourceName(request.source), Array.from(new Set(findings)), HINT);
  return {
    kind: 'transfer',
    model: {family: family.family, adapterVersion: family.adapterVersion},
    scene: sceneOf(request.source),
    prompt: await promptOf(spec, inputs),
    parameters: parametersOf(family, sample),
    makeSpec: (folder) => mapFiles(family, spec, (ref) => `${folder}/${inputName(ref)}`),
    inputs,
    warnings: [...dropped.map((key) => `${key} has weight 0 and was left out`), ...warnings],
  };
}

/** What was asked for as one spec: the command line over the file or the scene's passes, over the defaults. */
function askedSample(
  family: SampleFamily,
  request: RunRequest,
  findings: string[],
): {spec: Json; options: Json; dropped: string[]} {
  const {table, title} = family;
  const {source} = request;
  const known = family.controls.map(({key}) => key);
  findings.push(...unknownControls(request.weights, known));
  findings.push(...source.findings);
  const asked = readParameters(table, request, {title, findings});
  const start = isScene(source) ? fromScene(family, request, source) : source.spec;
  const {spec, dropped} = withoutIdle(family, withWeights(family, start, request), request);
  const laid = layOver(family, withTexts(spec, request), {asked, set: request.set, findings});
  const name = textOf(laid['name']) ?? SAMPLE_NAME;
  return {spec: {name, ...withDefaults(family, laid)}, options: readOptions(table, asked, findings), dropped};
}

function fromScene(family: SampleFamily, {weights}: RunRequest, {scene}: SceneSource): Json {
  const isWeighted = Object.keys(weights).length > 0;
  const controls = family.controls.flatMap(({key, pass, isComputed: canCompute}): [string, Json][] => {
    const given = pass === null ? undefined : scene.passes[pass];
    const isUsual = given !== undefined || (canCompute && (pass === 'vis' || pass === 'edge'));
    const weight = weights[key] ?? (isWeighted || !isUsual ? 0 : SCENE_WEIGHT);
    if (weight === 0 && weights[key] === undefined) return [];
    return [[key, {...(given && {control_path: given.path}), [family.weight]: weight}]];
  });
  return {[family.video]: colorOf(scene), ...Object.fromEntries(controls)};
}

/** What stands for a colour pass that is missing or broken; that is among the findings. */
function colorOf({passes, folder = ''}: SceneSource['scene']): string {
  return passes.color?.path ?? `${folder}/color.mp4`;
}

function withWeights({controls, weight}: SampleFamily, spec: Json, {weights}: RunRequest): Json {
  const known = controls.filter(({key}) => weights[key] !== undefined);
  return known.reduce(
    (next, {key}) => ({...next, [key]: {...objectOf(next[key]), [weight]: weights[key]}}),
    spec,
  );
}

/** A control of weight 0 would cost memory and time and change nothing. On the command line that is a wish, elsewhere worth a note. */
function withoutIdle(
  {controls, weight}: SampleFamily,
  spec: Json,
  {weights}: RunRequest,
): {spec: Json; dropped: string[]} {
  const idle = controls.map(({key}) => key).filter((key) => objectOf(spec[key])[weight] === 0);
  return {
    spec: Object.fromEntries(Object.entries(spec).filter(([key]) => !idle.includes(key))),
    dropped: idle.filter((key) => weights[key] === undefined),
  };
}

/** A text of the command line takes the place of the file that a spec names. */
function withTexts(spec: Json, {prompt, negative}: RunRequest): Json {
  const {prompt_path: promptPath, negative_prompt_file: negativePath, ...rest} = spec;
  return {
    ...rest,
    ...(promptPath !== undefined && prompt === null && {prompt_path: promptPath}),
    ...(negativePath !== undefined && negative === null && {negative_prompt_file: negativePath}),
    ...(prompt !== null && {prompt}),
    ...(negative !== null && {negative_prompt: negative}),
  };
}

/** A parameter of a control that is not there would make that control. Of flags, idleFlags says so. */
function layOver(
  {table, controls}: SampleFamily,
  spec: Json,
  {asked, set, findings}: {asked: Json; set: RunRequest['set']; findings: string[]},
): Json {
  const absent = controls.map(({key}) => key).filter((key) => !isObject(spec[key]));
  const idle = table.parameters.flatMap(({key, at}) => {
    const [control = ''] = 'spec' in at ? pathOf(at.spec) : [];
    return asked[key] !== undefined && absent.includes(control) ? [{key, control}] : [];
  });
  for (const {key, control} of idle)
    if (set[key] !== undefined) findings.push(`"${key}" has no effect: ${control} is none of the controls`);
  const isIdle = (key: string): boolean => idle.some((each) => each.key === key);
  return laidOver(spec, table, Object.fromEntries(Object.entries(asked).filter(([key]) => !isIdle(key))));
}

function withDefaults({table}: SampleFamily, spec: Json): Json {
  let next = spec;
  for (const {at, default: value} of table.parameters) {
    if (!('spec' in at) || value === undefined || at.spec.includes('.')) continue;
    if (valueAt(next, [at.spec]) === undefined) next = withValueAt(next, [at.spec], value);
  }
  return next;
}

export function controlsOf({controls}: SampleFamily, spec: Json): SampleControl[] {
  return controls.filter(({key}) => isObject(spec[key]));
}

function isComputed({spec, controls}: Sample, key: string): boolean {
  const control = controls.find((candidate) => candidate.key === key);
  return control?.isComputed === true && textOf(objectOf(spec[key])['control_path']) === undefined;
}

/** Addresses are read by the target itself. */
function isAddress(path: string): boolean {
  return /^(?:https?|s3):\/\//.test(path);
}

function mapFiles({files}: SampleFamily, spec: Json, place: (ref: FileRef) => string): Json {
  return files.reduce((next, {at, ...member}) => {
    const path = textOf(valueAt(next, pathOf(at)));
    if (path === undefined || isAddress(path)) return next;
    return withValueAt(next, pathOf(at), place({...member, key: at, path}));
  }, spec);
}

function placesOf({video}: SampleFamily, {source}: RunRequest, spec: Json): Places {
  if (isScene(source)) return placesInScene(source.scene, textOf(spec[video]));
  return {folder: source.folder, known: new Map(), locate: source.locate};
}

/** The texts as the model reads them, from the spec or from the files that it names. */
async function promptOf(spec: Json, inputs: readonly ModelInput[]): Promise<NormalRequest['prompt']> {
  const text = textOf(spec['prompt']) ?? (await textIn(inputs, 'prompt'));
  if (text === undefined) return null;
  const negative = textOf(spec['negative_prompt']) ?? (await textIn(inputs, 'negative-prompt'));
  return {text, negative: negative ?? null};
}

async function textIn(inputs: readonly ModelInput[], role: string): Promise<string | undefined> {
  const input = inputs.find((candidate) => candidate.role === role);
  if (!input || !('path' in input.content)) return undefined;
  const text = (await readFile(input.content.path, 'utf8')).trim();
  return text === '' ? undefined : text;
}

/** Under the names that --set takes. */
function parametersOf({table, weight}: SampleFamily, {spec, options, controls}: Sample): Json {
  const weights = controls.flatMap(({key}): [string, unknown][] => {
    const value = objectOf(spec[key])[weight] ?? 1;
    return typeof value === 'number' ? [[key, value]] : [];
  });
  const values = table.parameters.flatMap(({key, at}): [string, unknown][] => {
    const value = 'spec' in at ? valueAt(spec, pathOf(at.spec)) : options[key];
    return value === undefined ? [] : [[key, value]];
  });
  return {weights: Object.fromEntries(weights), ...Object.fromEntries(values)};
}
