/** The parameters of Transfer1 (transfer.py: parse_arguments, with its own defaults), and the flags that cannot act on it. */
import {GPUS, PORT, STEPS, STRENGTHS} from '../nvidia/parameters.ts';
import type {Json} from '../../json.ts';
import type {Parameter, ParameterTable} from '../parameters.ts';

const IN_SPEC: readonly Parameter[] = [
  STEPS,
  {
    key: 'guidance',
    flag: 'guidance',
    at: {spec: 'guidance'},
    default: 5,
    meaning: 'how closely the prompt is followed',
  },
  {
    key: 'sigma_max',
    flag: 'sigma-max',
    at: {spec: 'sigma_max'},
    default: 70,
    meaning: 'how much of the input is replaced by noise; from 80 on all of it',
  },
  {key: 'seed', at: {spec: 'seed'}, default: 1, meaning: '0 to 4294967295; also --seed'},
  {
    key: 'fps',
    flag: 'fps',
    at: {spec: 'fps'},
    default: 24,
    meaning: 'frames per second of the output; frames are neither added nor dropped',
  },
  {
    key: 'blur_strength',
    flag: 'blur-strength',
    at: {spec: 'blur_strength'},
    default: 'medium',
    actsOn: 'vis',
    meaning: `of a computed vis: ${STRENGTHS}`,
  },
  {
    key: 'canny_threshold',
    at: {spec: 'canny_threshold'},
    default: 'medium',
    meaning: 'no effect: computed edges have random thresholds; --controls preview computes them here',
  },
  {
    key: 'seg.input_control_prompt',
    at: {spec: 'seg.input_control_prompt'},
    actsOn: 'seg',
    meaning: 'what a computed seg looks for, as in "car . road"; else the prompt',
  },
  {
    key: 'seg.control_weight_prompt',
    at: {spec: 'seg.control_weight_prompt'},
    meaning: 'where seg counts: what SAM2 finds for these words',
  },
];

/** Switches of transfer.py: the two offloads that are on let a 7B model fit on one 80 GB GPU. */
export const SWITCHES: readonly Parameter[] = [
  ['offload_text_encoder_model', true, 'free the GPU of it while it is idle'],
  ['offload_guardrail_models', true, 'the same of these'],
  ['offload_diffusion_transformer', false, 'the same of this; slower, and needs less memory'],
  ['offload_prompt_upsampler', false, 'the same of this'],
  ['upsample_prompt', false, 'let a language model enlarge the prompt'],
  ['use_distilled', false, 'the fast model, with edge as the only control'],
  ['save_input_noise', false, 'keep the noise that it began with'],
].map(([key, value, meaning]) => ({
  key: String(key),
  at: {option: `--${String(key)}`},
  takes: 'switch',
  default: value,
  meaning: String(meaning),
}));

const LAUNCH: readonly Parameter[] = [{...GPUS, at: {option: '--num_gpus'}}, PORT];

export const TRANSFER1: ParameterTable = {
  parameters: [...IN_SPEC, ...LAUNCH, ...SWITCHES],
  refused: {
    resolution: 'Transfer1 chooses the size by the shape of the video',
    'max-frames': 'Transfer1 reads the whole video; cut it before',
    'canny-threshold':
      'Transfer1 draws automatic edges with random thresholds and never reads this; with --controls preview they are computed here and sent',
  },
};

/** Views beside the one in front, which has the prompt of the run, as the options of transfer_multiview.py call them. */
const FACING = ['left', 'right', 'back', 'back_left', 'back_right'] as const;

const PROMPTS_OF_VIEWS: readonly Parameter[] = FACING.map((view) => ({
  key: `prompt_${view}`,
  at: {spec: `prompt_${view}`},
  isText: true,
  meaning: `what the camera that faces ${view.replace('_', ' ')} shows; else only that it faces there`,
}));

const CONDITIONS_OF_VIEWS: readonly Parameter[] = [
  {
    key: 'view_condition_video',
    at: {spec: 'view_condition_video'},
    meaning: 'what the camera in front has seen, as long as the controls; a path as in the spec',
  },
  {
    key: 'initial_condition_video',
    at: {spec: 'initial_condition_video'},
    meaning: 'the result of all views that this one goes on from, with the v2w model; a path as in the spec',
  },
];

/** What acts only on a run that goes on from another. */
const CONTINUED: readonly Parameter[] = [
  {
    key: 'num_input_frames',
    at: {spec: 'num_input_frames'},
    meaning: 'frames that each clip takes over from the one before, 1 or 9; with initial_condition_video',
  },
  {
    key: 'n_clip_max',
    at: {spec: 'n_clip_max'},
    meaning: 'at most this many clips of 57 frames; with initial_condition_video',
  },
];

const OF_VIEWS: readonly Parameter[] = [...PROMPTS_OF_VIEWS, ...CONDITIONS_OF_VIEWS, ...CONTINUED];

const TO_VIEWS = ['num_steps', 'guidance', 'sigma_max', 'seed', 'fps'];
const NOT_OF_VIEWS = ['upsample_prompt', 'offload_prompt_upsampler', 'use_distilled', 'save_input_noise'];
const NO_SUCH_CONTROL = 'driving scenes of several views have no such control';

/** For transfer_multiview.py. Its sigma_max is always 80, and NVIDIA's check wants the spec to say so. */
export const TRANSFER1_VIEWS: ParameterTable = {
  parameters: [
    ...IN_SPEC.filter(({key}) => TO_VIEWS.includes(key)),
    ...OF_VIEWS,
    ...LAUNCH,
    ...SWITCHES.filter(({key}) => !NOT_OF_VIEWS.includes(key)),
  ],
  refused: {...TRANSFER1.refused, 'blur-strength': NO_SUCH_CONTROL, 'canny-threshold': NO_SUCH_CONTROL},
};

/** Parameters that stand in every spec, with their defaults. */
export function specDefaults({parameters}: ParameterTable): Json {
  return Object.fromEntries(
    parameters.flatMap(({key, at, default: value}) =>
      'option' in at || value === undefined ? [] : [[key, value] as const],
    ),
  );
}

function keysOf(parameters: readonly Parameter[]): readonly string[] {
  return parameters.map(({key}) => key);
}

export const SPEC_KEYS: readonly string[] = Object.keys(specDefaults(TRANSFER1));
export const VIEW_KEYS = keysOf(OF_VIEWS);
export const VIEW_PROMPT_KEYS = keysOf(PROMPTS_OF_VIEWS);
export const CONTINUED_KEYS = keysOf(CONTINUED);
/** Parameters of seg, which must be there for them. */
export const SEG_KEYS = keysOf(IN_SPEC).filter((key) => key.startsWith('seg.'));
export const OPTION_KEYS = keysOf([...LAUNCH, ...SWITCHES]);
