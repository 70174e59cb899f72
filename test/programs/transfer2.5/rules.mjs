/** The pydantic models of cosmos-transfer2.5: what a sample may hold, in their words. Errors are texts; null means fine. */
import {dirname, resolve} from 'node:path';
import {existsSync} from 'node:fs';

const PRESETS = ['very_low', 'low', 'medium', 'high', 'very_high'];
const HINTS = ['edge', 'depth', 'vis', 'seg'];

const isInt = (value) => Number.isInteger(value) || (typeof value === 'string' && /^-?\d+$/.test(value));
const text = (value) => (typeof value === 'string' ? null : 'Input should be a valid string');
const int =
  (from = -Infinity, to = Infinity) =>
  (value) => {
    if (!isInt(value)) return 'Input should be a valid integer';
    return Number(value) < from || Number(value) > to ? `Input should be between ${from} and ${to}` : null;
  };
const bool = (value) => (typeof value === 'boolean' ? null : 'Input should be a valid boolean');
const maybe = (rule) => (value) => (value === null ? null : rule(value));
const path = (value) => text(value);

const FIELDS = {
  name: text,
  video_path: path,
  prompt: maybe(text),
  prompt_path: maybe(path),
  negative_prompt: text,
  seed: int(),
  guidance: int(0, 7),
  max_frames: maybe(int(1)),
  context_frame_index: maybe(int(1)),
  image_context_path: maybe(path),
  num_conditional_frames: int(0, 2),
  resolution: text,
  sigma_max: maybe(text),
  num_video_frames_per_chunk: int(1),
  num_steps: int(1),
  show_control_condition: bool,
  show_input: bool,
  keep_input_resolution: bool,
  guided_generation_mask: maybe(path),
  guided_generation_step_threshold: int(),
  guided_generation_foreground_labels: maybe((value) =>
    Array.isArray(value) ? null : 'Input should be a list',
  ),
};
const PATHS = ['video_path', 'prompt_path', 'image_context_path', 'guided_generation_mask'];

export const DEFAULTS = {
  seed: 2025,
  guidance: 3,
  num_steps: 35,
  resolution: '720',
  num_conditional_frames: 1,
  num_video_frames_per_chunk: 93,
  keep_input_resolution: true,
};

/** Checks one sample and makes its paths absolute. @returns {{sample?: object, errors: string[]}} */
export function validate(raw, specFile) {
  const errors = [];
  const sample = {...DEFAULTS};
  const at = (file) => resolve(dirname(specFile), file);
  for (const [key, value] of Object.entries(raw)) {
    if (HINTS.includes(key)) sample[key] = value === null ? null : control(key, value, {errors, at});
    else if (!FIELDS[key]) errors.push(`${key}\n  Extra inputs are not permitted`);
    else {
      const error = FIELDS[key](value);
      if (error) errors.push(`${key}\n  ${error}`);
      else sample[key] = PATHS.includes(key) && value !== null ? file(key, at(value), errors) : value;
    }
  }
  if (typeof raw.name !== 'string') errors.push('name\n  Field required');
  if (raw.video_path === undefined) errors.push('video_path\n  Field required');
  if (!raw.prompt && !raw.prompt_path) errors.push('One of prompt or prompt_path is required');
  if (!HINTS.some((hint) => sample[hint]))
    errors.push('No controls provided, please provide at least one control key (edge, blur, depth, seg)');
  if (sample.vis && sample.image_context_path) errors.push('image_context_path is not supported with vis');
  return {sample, errors};
}

function file(key, absolute, errors) {
  if (!existsSync(absolute)) errors.push(`${key}\n  Path does not point to a file: ${absolute}`);
  return absolute;
}

function control(hint, value, {errors, at}) {
  if (typeof value !== 'object' || Array.isArray(value)) {
    errors.push(`${hint}\n  Input should be a valid dictionary`);
    return undefined;
  }
  const next = {control_weight: 1, ...value};
  const weight = Number(next.control_weight);
  if (!(weight >= 0 && weight <= 1)) errors.push(`${hint}.control_weight\n  Input should be between 0 and 1`);
  for (const key of ['control_path', 'mask_path'])
    if (typeof next[key] === 'string') next[key] = file(`${hint}.${key}`, at(next[key]), errors);
  const preset = {edge: 'preset_edge_threshold', vis: 'preset_blur_strength'}[hint];
  if (preset && next[preset] !== undefined && !PRESETS.includes(next[preset]))
    errors.push(`${hint}.${preset}\n  Input should be one of ${PRESETS.join(', ')}`);
  return next;
}

export const hintsOf = (sample) => HINTS.filter((hint) => sample[hint]);
