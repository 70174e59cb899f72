/** What is wrong with a control spec, in words: the schema finds it, this file says it, one finding for each value. */
import type {ErrorObject} from 'ajv';
import {HINTS, PRESETS} from './hints.ts';
import type {Json} from './json.ts';
import {SPEC_SCHEMA} from './schema.ts';

const PRESET = `one of ${PRESETS.join(', ')}`;

/** What a value must be, by the last name of its path. */
const REQUIREMENTS: Readonly<Record<string, string>> = {
  prompt: 'a text',
  negative_prompt: 'a text',
  input_video_path: 'a path',
  sigma_max: 'a number of 0 or more',
  num_steps: 'a whole number of 1 or more',
  guidance: 'a number',
  seed: 'a whole number from 0 to 4294967295',
  fps: 'a whole number of 1 or more',
  blur_strength: PRESET,
  canny_threshold: PRESET,
  regional_prompts: 'a list',
  control_weight: 'a number of 0 or more, or the path of a .pt file',
  input_control: 'the path of a video',
  input_control_prompt: 'a text',
  control_weight_prompt: 'a text',
  ckpt_path: 'a path on the target',
  mask_prompt: 'a text',
  region_definitions_path: 'a path, or four numbers from 0 to 1',
  ...Object.fromEntries(HINTS.map((hint) => [hint, 'an object such as {"control_weight": 0.5}'])),
};

/** Everything that the schema has against a spec. Imports ajv (about 60 ms). */
export async function findSpecMistakes(spec: Json): Promise<string[]> {
  const {Ajv2020} = await import('ajv/dist/2020.js');
  const validate = new Ajv2020({allErrors: true, strict: false}).compile(SPEC_SCHEMA);
  if (validate(spec)) return [];
  const findings = new Map<string, string>();
  for (const error of validate.errors ?? []) {
    const place = placeOf(error);
    if (!findings.has(place)) findings.set(place, describe(error));
  }
  return Array.from(findings.values()).filter((finding) => finding !== '');
}

/** Several errors of one place are one finding; the branches of a choice belong to the place of the choice. */
function placeOf({schemaPath, instancePath}: ErrorObject): string {
  if (schemaPath.startsWith('#/anyOf')) return 'controls';
  if (schemaPath.startsWith('#/if')) return 'if';
  const [, key, index = '', member] = instancePath.split('/');
  if (key === 'regional_prompts')
    return ['', key, index, ...(member === undefined ? [] : [member])].join('/');
  return instancePath.split('/').slice(0, 3).join('/');
}

function describe(error: ErrorObject): string {
  const {schemaPath, instancePath} = error;
  const names = instancePath.slice(1).split('/');
  const [key = ''] = names;
  if (schemaPath.startsWith('#/if')) return '';
  if (schemaPath.startsWith('#/anyOf'))
    return `no control has a weight above 0; name at least one of ${HINTS.join(', ')}`;
  if (schemaPath.startsWith('#/then')) return describeWithoutVideo(key);
  if (schemaPath.startsWith('#/additionalProperties'))
    return `"${key}" is an object, but there is no such control; there are ${HINTS.join(', ')}`;
  if (key === 'regional_prompts' && names.length === 2)
    return `"regional_prompts" number ${Number(names[1]) + 1} must have a prompt, and a mask_prompt or a region_definitions_path`;
  const name = names.slice(0, key === 'regional_prompts' ? 3 : 2);
  return `"${name.join('.')}" must be ${REQUIREMENTS[name.at(-1) ?? ''] ?? 'different'}`;
}

function describeWithoutVideo(key: string): string {
  return key === 'sigma_max' || key === ''
    ? 'there is no input video ("input_video_path"), which needs a sigma_max of 80 or more'
    : `"${key}" needs an "input_control": there is no input video to compute it from`;
}
