/**
 * Upscaling to about three times the size with Transfer1's own upscaler, of a finished run or of any clip. It is Transfer1 with
 * the control `upscale` alone: the same command, log and failures, other defaults, and a result that must be larger.
 */
import {resolve} from 'node:path';
import {objectOf, textOf, type Json} from '../../json.ts';
import type {JobPlan, Model, NormalRequest, RunRequest} from '../../model.ts';
import {readPass, type Scene} from '../../scene.ts';
import {isScene, placeIn, type RunSource, type SpecSource} from '../../source.ts';
import {unknownControls} from '../controls.ts';
import {readParameters} from '../parameters.ts';
import {transfer1} from '../transfer1/adapter.ts';
import {UPSCALE, UPSCALE_STEPS, UPSCALE_WEIGHT} from './parameters.ts';

export const upscale: Model = {
  ...transfer1,
  table: UPSCALE,
  specHint:
    'An upscale takes a video, a scene, or a spec like {"input_video_path": "output.mp4", "upscale": {"control_weight": 0.5}}.',
  normalise,
  plan,
};

async function normalise(request: RunRequest): Promise<NormalRequest> {
  const {weights, prompt, negative} = request;
  const findings: string[] = [...request.source.findings, ...unknownControls(weights, ['upscale'])];
  const asked = readParameters(UPSCALE, request, {title: 'The upscaler', findings});
  const {control_weight: weight = weights['upscale'], seed, ...set} = asked;
  const source = {...(await sourceOf(request.source, weight)), findings};
  const normal = await transfer1.normalise({
    source,
    ...{prompt, negative, set, weights: {}, flags: {}},
    seed: typeof seed === 'number' ? seed : null,
  });
  const {weights: scaled, ...parameters} = normal.parameters;
  return {
    ...normal,
    kind: 'upscale',
    model: {family: 'upscale', adapterVersion: 1},
    parameters: {...parameters, control_weight: objectOf(scaled)['upscale']},
    warnings: normal.warnings.filter((warning) => !warning.startsWith('no prompt was given')),
  };
}

/** One video with the upscaler as its only control, written with the frame rate that it has. */
async function sourceOf(source: RunSource, weight: unknown): Promise<SpecSource> {
  const given = isScene(source) ? specOfScene(source.scene) : source;
  const fps = await frameRateOf(given);
  const control = {
    control_weight: UPSCALE_WEIGHT,
    ...objectOf(given.spec['upscale']),
    ...(weight !== undefined && {control_weight: weight}),
  };
  const defaults: Json = {num_steps: UPSCALE_STEPS, ...(fps !== undefined && {fps})};
  return {...given, spec: {...defaults, ...given.spec, upscale: control}};
}

/** A scene without a colour pass is one whose fault was found already, or the result of a run that has not ended. */
function specOfScene({name, passes, folder = ''}: Scene): SpecSource {
  const {color} = passes;
  const path = color?.path ?? resolve(folder, 'color.mp4');
  return {
    ...{name, path: name, folder, findings: []},
    spec: {input_video_path: path},
    known: new Map([[path, color ?? null]]),
  };
}

/** Of a video that cannot be read nothing is known here; it is told of where all files of the spec are read. */
async function frameRateOf(source: SpecSource): Promise<number | undefined> {
  const path = textOf(source.spec['input_video_path']);
  if (path === undefined) return undefined;
  const place = placeIn(source, path);
  const known = source.known?.get(place);
  const pass = known === undefined ? await readPass(place).catch(() => null) : known;
  return pass === null ? undefined : Math.round(pass.media.fps);
}

/** How much larger differs between versions of the upscaler; that it is larger does not. */
function plan(normal: NormalRequest): JobPlan {
  const {outputs, ...rest} = transfer1.plan(normal);
  const media = normal.inputs.find(({role}) => role === 'color')?.media;
  const least = media && {width: media.width + 1, height: media.height + 1};
  return {
    ...rest,
    outputs: outputs.map((output) => (output.role === 'output' && least ? {...output, least} : output)),
  };
}
