/** The pydantic models of one video of cosmos-transfer2.5: what a sample may hold, and what it has where nothing is said. */
import {
  bool,
  field,
  file,
  fileOrFolder,
  float,
  int,
  list,
  literal,
  model,
  needed,
  optional,
  text,
  valueError,
} from '../shared/pydantic.mjs';
import {readText} from '../shared/python.mjs';
import {isAbsolute, join} from 'node:path';

export const HINTS = ['edge', 'vis', 'depth', 'seg'];
const preset = literal('very_low', 'low', 'medium', 'high', 'very_high');
const NEGATIVE =
  'The video captures a game playing, with bad crappy graphics and cartoonish frames. It represents a recording of old outdated games.';

const CONTROL = {
  control_path: field(optional(file), null),
  control_weight: field(float({from: 0, to: 1}), 1),
  mask_path: field(optional(file), null),
  mask_prompt: field(optional(text), null),
};
/** Members that they do not know are left out without a word. */
const CONTROLS = {
  edge: model('EdgeConfig', {...CONTROL, preset_edge_threshold: field(preset, 'medium')}),
  depth: model('DepthConfig', CONTROL),
  vis: model('BlurConfig', {...CONTROL, preset_blur_strength: field(preset, 'medium')}),
  seg: model('SegConfig', {...CONTROL, control_prompt: field(optional(text), null)}),
};

/** What samples of one video and of several views have in common. */
export const COMMON = {
  name: needed(text),
  prompt_path: field(optional(file), null),
  prompt: field(optional(text), null),
  negative_prompt: field(optional(text), null),
  seed: field(int(), 0),
  guidance: field(int({from: 0, to: 7}), 3),
};

/** The file is only read where there is no prompt, and has to be there before anything is checked. */
export function withPrompt(data, {folder}) {
  if (data.prompt !== undefined && data.prompt !== null) return data;
  if (typeof data.prompt_path !== 'string') return data;
  const path = isAbsolute(data.prompt_path) ? data.prompt_path : join(folder, data.prompt_path);
  return {...data, prompt: readText(path).trim()};
}

export function fieldsOf({isDistilled = false, isSmoke = false} = {}) {
  return {
    ...COMMON,
    video_path: needed(file),
    max_frames: field(optional(int({above: 0})), null),
    context_frame_index: field(optional(int({above: 0})), null),
    image_context_path: field(optional(file), null),
    num_conditional_frames: field(literal(0, 1, 2), 1),
    resolution: field(text, '720'),
    sigma_max: field(optional(text), null),
    num_video_frames_per_chunk: field(int({above: 0}), 93),
    num_steps: field(int({above: 0}), isSmoke ? 1 : isDistilled ? 4 : 35),
    show_control_condition: field(bool, false),
    show_input: field(bool, false),
    keep_input_resolution: field(bool, true),
    ...Object.fromEntries(HINTS.map((hint) => [hint, field(optional(CONTROLS[hint]), null)])),
    guided_generation_mask: field(optional(fileOrFolder), null),
    guided_generation_step_threshold: field(int(), 25),
    guided_generation_foreground_labels: field(optional(list(int())), null),
    seed: field(int(), 2025),
    negative_prompt: field(text, NEGATIVE),
    prompt: needed(text),
  };
}

export const hintsOf = (sample) =>
  HINTS.filter((hint) => sample[hint] !== null && sample[hint] !== undefined);

function checkWhole(sample) {
  if (hintsOf(sample).length === 0)
    throw valueError(
      'No controls provided, please provide at least one control key (edge, blur, depth, seg)',
    );
  if (sample.vis !== null && sample.image_context_path)
    throw valueError(
      'vis control and image_context_path are both used to transfer style. Using these modes together leads to conflicts. Please only provide one',
    );
}

export const makeSingle = (options) =>
  model('InferenceArguments', fieldsOf(options), {extra: 'forbid', before: withPrompt, after: checkWhole});
