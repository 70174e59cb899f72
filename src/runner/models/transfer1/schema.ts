/**
 * JSON Schema of a Transfer1 control spec (cosmos-transfer1, inference_utils.py: load_controlnet_specs and
 * validate_controlnet_specs), for a spec into which defaults and command line are merged already. It accepts and refuses
 * the published sample specs as NVIDIA's own validator does.
 */
import {HINTS, PRESETS} from './hints.ts';

const TEXT = {type: 'string'};
const PATH = {type: 'string', minLength: 1};

const control = {
  type: 'object',
  properties: {
    control_weight: {
      anyOf: [
        {type: 'number', minimum: 0},
        {type: 'string', pattern: '\\.pt$'},
        {type: 'string', pattern: '^\\+?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?$'},
      ],
    },
    input_control: {anyOf: [PATH, {type: 'array', items: PATH, minItems: 1}, {type: 'null'}]},
    input_control_prompt: TEXT,
    control_weight_prompt: TEXT,
    ckpt_path: PATH,
  },
};

const region = {
  type: 'object',
  required: ['prompt'],
  properties: {
    prompt: TEXT,
    mask_prompt: TEXT,
    region_definitions_path: {
      anyOf: [
        PATH,
        {type: 'array', minItems: 4, maxItems: 4, items: {type: 'number', minimum: 0, maximum: 1}},
      ],
    },
  },
  anyOf: [{required: ['mask_prompt']}, {required: ['region_definitions_path']}],
};

/** Without an input video nothing can be computed from it, and the video starts from noise. */
const withoutVideo = {
  required: ['sigma_max'],
  properties: {
    sigma_max: {minimum: 80},
    ...Object.fromEntries(HINTS.map((hint) => [hint, {required: ['input_control']}])),
  },
};

export const SPEC_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    prompt: TEXT,
    negative_prompt: TEXT,
    input_video_path: TEXT,
    sigma_max: {type: 'number', minimum: 0},
    num_steps: {type: 'integer', minimum: 1},
    guidance: {type: 'number'},
    seed: {type: 'integer', minimum: 0, maximum: 4_294_967_295},
    fps: {type: 'integer', minimum: 1},
    blur_strength: {enum: PRESETS},
    canny_threshold: {enum: PRESETS},
    regional_prompts: {type: 'array', items: region},
    ...Object.fromEntries(HINTS.map((hint) => [hint, {$ref: '#/$defs/control'}])),
  },
  additionalProperties: {not: {type: 'object'}},
  anyOf: HINTS.map((hint) => ({required: [hint]})),
  if: {not: {required: ['input_video_path'], properties: {input_video_path: {minLength: 1}}}},
  then: withoutVideo,
  $defs: {control},
};

/** Members that Transfer1 reads; what a control holds besides them is ignored by it. */
export const CONTROL_KEYS = Object.keys(control.properties);
/** Top-level members that are no controls. */
export const SPEC_KEYS = Object.keys(SPEC_SCHEMA.properties).filter(
  (key) => !HINTS.some((hint) => hint === key),
);
