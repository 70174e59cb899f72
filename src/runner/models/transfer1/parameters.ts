/** The parameters of Transfer1 (transfer.py: parse_arguments, with its own defaults), and the flags that cannot act on it. */
import {GPUS, PORT, STEPS, STRENGTHS} from '../nvidia/parameters.ts';
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

/** Parameters that stand in every spec, with their defaults. */
export const SPEC_DEFAULTS: Readonly<Record<string, unknown>> = Object.fromEntries(
  IN_SPEC.flatMap(({key, default: value}) => (value === undefined ? [] : [[key, value] as const])),
);
export const SPEC_KEYS: readonly string[] = Object.keys(SPEC_DEFAULTS);
/** Parameters of seg, which must be there for them. */
export const SEG_KEYS: readonly string[] = IN_SPEC.map(({key}) => key).filter((key) =>
  key.startsWith('seg.'),
);
export const OPTION_KEYS: readonly string[] = [...LAUNCH, ...SWITCHES].map(({key}) => key);
