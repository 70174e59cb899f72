/**
 * Transfer2.5 for driving scenes: up to seven views of one car, each with a world scenario video as its control
 * (examples/multiview.py). A spec is of this kind when it names a view.
 */
import {isObject, objectOf, textOf, type Json} from '../../json.ts';
import type {JobPlan} from '../../model.ts';
import type {ParameterTable} from '../parameters.ts';
import {readOptions, torchrunWords} from '../nvidia/options.ts';
import type {FileMember, Sample, SampleFamily} from '../nvidia/sample.ts';
import {findUnlike} from '../nvidia/look.ts';
import {logsNamed, made} from '../nvidia/outputs.ts';
import {GPUS, NO_GUARDRAILS, PORT, STEPS} from '../nvidia/parameters.ts';

export const VIEWS = [
  'front_wide',
  'cross_right',
  'rear_right',
  'rear',
  'rear_left',
  'cross_left',
  'front_tele',
] as const;

const PROGRAM = 'examples/multiview.py';
const REFUSED = 'the views of a driving scene have one size and are read whole';

export const MULTIVIEW: ParameterTable = {
  parameters: [
    STEPS,
    {
      key: 'guidance',
      flag: 'guidance',
      at: {spec: 'guidance'},
      default: 3,
      meaning: 'how closely the prompt is followed; a whole number from 0 to 7',
    },
    {key: 'seed', at: {spec: 'seed'}, default: 0, meaning: '0 to 4294967295; also --seed'},
    {key: 'fps', flag: 'fps', at: {spec: 'fps'}, default: 10, meaning: 'frames per second of the result'},
    {
      key: 'control_weight',
      at: {spec: 'control_weight'},
      default: 1,
      meaning: 'how closely the world scenario videos are followed, 0 to 1',
    },
    {
      key: 'num_conditional_frames',
      at: {spec: 'num_conditional_frames'},
      default: 1,
      meaning: 'frames of the input that the result begins with',
    },
    {
      key: 'enable_autoregressive',
      at: {spec: 'enable_autoregressive'},
      default: false,
      meaning: 'make several chunks, each from the one before',
    },
    {key: 'num_chunks', at: {spec: 'num_chunks'}, default: 2, meaning: 'how many of them'},
    {key: 'chunk_overlap', at: {spec: 'chunk_overlap'}, default: 1, meaning: 'frames that two of them share'},
    {
      key: 'save_combined_views',
      at: {spec: 'save_combined_views'},
      default: true,
      meaning: 'one video of all views; else one for each, and a grid',
    },
    {...GPUS, default: 8, meaning: 'at least one for each view'},
    PORT,
    NO_GUARDRAILS,
  ],
  refused: {
    resolution: REFUSED,
    'max-frames': REFUSED,
    'sigma-max': 'the multi-view model starts from pure noise',
    'blur-strength': 'the multi-view model has no such control',
    'canny-threshold': 'the multi-view model has no such control',
  },
};

const FILES: readonly FileMember[] = [
  {at: 'prompt_path', role: 'prompt', stem: 'prompt', isVideo: false},
  ...VIEWS.flatMap((view): FileMember[] => [
    {at: `${view}.input_path`, role: view, stem: view, isVideo: true},
    {at: `${view}.control_path`, role: `${view}-control`, stem: `${view}_control`, isVideo: true},
  ]),
];

export const MULTIVIEW_FAMILY: SampleFamily = {
  title: 'Transfer2.5 multi-view',
  family: 'transfer2.5',
  adapterVersion: 1,
  table: MULTIVIEW,
  controls: [],
  weight: 'control_weight',
  noMaps: 'the multi-view model has one weight for all of its controls, --set control_weight',
  video: 'video_path',
  files: FILES,
  loadValidator: () => import('../validators/transfer2.5-multiview.gen.ts'),
  look,
};

export function isMultiview(spec: Json): boolean {
  return VIEWS.some((view) => isObject(spec[view]));
}

function activeViews(spec: Json): string[] {
  return VIEWS.filter((view) => textOf(objectOf(spec[view])['control_path']) !== undefined);
}

function look({spec, options, inputs}: Sample): {findings: string[]; warnings: string[]} {
  const active = activeViews(spec);
  const {num_gpus: gpus} = options;
  return {
    findings: [
      ...findUnlike(inputs),
      ...findMissingInputs(spec, active),
      ...findMixedViews(spec, active),
      ...(Number(gpus) < active.length
        ? [`${active.length} views need as many GPUs; "num_gpus" is ${String(gpus)}`]
        : []),
    ],
    warnings: VIEWS.filter((view) => isObject(spec[view]) && !active.includes(view)).map(
      (view) => `${view} has no "control_path" and is left out by the model`,
    ),
  };
}

/** A result that begins with frames of the input needs the input of every view. */
function findMissingInputs(spec: Json, active: readonly string[]): string[] {
  if (spec['enable_autoregressive'] === true || Number(spec['num_conditional_frames']) === 0) return [];
  return active
    .filter((view) => textOf(objectOf(spec[view])['input_path']) === undefined)
    .map((view) => `"${view}" needs an "input_path", as num_conditional_frames is above 0`);
}

function findMixedViews(spec: Json, active: readonly string[]): string[] {
  if (spec['enable_autoregressive'] !== true) return [];
  const counts = active.map((view) => Number(objectOf(spec[view])['num_conditional_frames_per_view'] ?? 0));
  const zeros = counts.filter((count) => count === 0).length;
  return zeros > 0 && zeros < counts.length
    ? ['"num_conditional_frames_per_view" must be 0 for every view, or for none']
    : [];
}

/** What differs from the plan of one video. */
export function planMultiview(spec: Json, parameters: Json, name: string): Partial<JobPlan> {
  const options = readOptions(MULTIVIEW, parameters, []);
  const {num_gpus: gpus, disable_guardrails: isUnguarded} = options;
  const isCombined = spec['save_combined_views'] !== false;
  const primary = isCombined ? `${name}.mp4` : `${name}_grid.mp4`;
  return {
    argv: [
      ...torchrunWords(options, '_'),
      PROGRAM,
      ...['-i', '{spec}'],
      ...['-o', '{outputs}'],
      ...(isUnguarded === true ? ['--disable-guardrails'] : []),
    ],
    outputs: [
      made(primary, 'output', 'video/mp4'),
      ...(isCombined
        ? []
        : activeViews(spec).map((view) => made(`${name}_${view}.mp4`, 'output', 'video/mp4'))),
      ...logsNamed('config.yaml', 'console.log', 'debug.log'),
    ],
    primaryOutput: primary,
    requires: [`{checkout}/${PROGRAM}`],
    gpus: Number(gpus),
  };
}
