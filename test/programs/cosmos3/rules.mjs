/** The pydantic models of a transfer of Cosmos 3: what a sample may hold, and what it gets where it says nothing. */
import {
  bool,
  dict,
  field,
  file,
  fileOrUrl,
  float,
  int,
  list,
  literal,
  model,
  optional,
  text,
  valueError,
} from '../shared/pydantic.mjs';

export const HINTS = ['edge', 'blur', 'depth', 'seg', 'wsm'];
/** Only these are computed from the video. */
export const COMPUTED = ['edge', 'blur'];

const PRESETS = ['very_low', 'low', 'medium', 'high', 'very_high'];
const may = (type) => field(optional(type), null);
const anything = field((value) => value, null);
const CONTROL = {control_path: may(fileOrUrl), weight: may(float())};
const given = model('TransferOverrides', CONTROL, {extra: 'forbid'});
const CONTROLS = {
  edge: model(
    'EdgeTransferOverrides',
    {...CONTROL, preset_edge_threshold: may(literal(...PRESETS))},
    {extra: 'forbid'},
  ),
  blur: model(
    'BlurTransferOverrides',
    {...CONTROL, preset_blur_strength: may(literal('none', ...PRESETS))},
    {extra: 'forbid'},
  ),
  depth: given,
  seg: given,
  wsm: given,
};
const interval = list(float({from: 0}), {length: 2});
const MODES = [
  ...['text2image', 'text2video', 'image2image', 'image2video', 'video2video', 'audio_image2video'],
  ...['forward_dynamics', 'inverse_dynamics', 'wam', 'reasoner'],
];

/** Said without a hint, they are a mistake. */
const TRANSFER_ONLY = {
  control_guidance: may(float({from: 0, to: 10})),
  control_guidance_interval: may(interval),
  negative_prompt_file: may(text),
  num_video_frames_per_chunk: may(int({above: 0})),
  num_conditional_frames: may(int({from: 0})),
  max_frames: may(int({above: 0})),
  show_control_condition: may(bool),
  show_input: may(bool),
  num_first_chunk_conditional_frames: may(int({from: 0})),
  share_vision_temporal_positions: may(bool),
  emphasize_control_in_prompt: may(bool),
};

/** Of other uses of the model; a transfer leaves them alone. */
const OTHERS = [
  ...['model', 'tensors_file', 'pickle_file', 'condition_frame_indexes_vision', 'condition_video_keep'],
  ...[
    'prompt_upsampling',
    'prompt_upsampler_max_tokens',
    'prompt_upsampler_temperature',
    'prompt_upsampler_seed',
  ],
  ...['prompt_upsampler_top_p', 'prompt_upsampler_top_k', 'prompt_upsampler_presence_penalty'],
  ...['prompt_upsampler_repetition_penalty', 'action_path', 'domain_name', 'sound_path', 'enable_sound'],
];

const FIELDS = {
  name: may(text),
  model_mode: may(literal(...MODES)),
  prompt_path: may(file),
  prompt: may(text),
  negative_prompt: may(text),
  duration_template: may(text),
  resolution_template: may(text),
  negative_metadata_mode: may(literal('none', 'same', 'inverse')),
  inverse_duration_template: may(text),
  inverse_resolution_template: may(text),
  negative_prompt_keep_metadata: may(bool),
  vision_path: may(fileOrUrl),
  resolution: may(literal('256', '480', '704', '720', '768')),
  aspect_ratio: may(literal('1,1', '4,3', '3,4', '16,9', '9,16')),
  fps: may(int({from: 1})),
  num_frames: may(int({above: 0})),
  num_steps: may(int({above: 0})),
  guidance: may(float({from: 0, to: 7})),
  guidance_interval: may(interval),
  normalize_cfg: may(bool),
  shift: may(float()),
  sigma_max: may(float()),
  seed: may(int()),
  num_outputs: may(int({above: 0})),
  video_save_quality: may(int({from: 0, to: 10})),
  image_save_quality: may(int({from: 0, to: 100})),
  extra: may(dict),
  defaults_file: may(file),
  ...TRANSFER_ONLY,
  ...Object.fromEntries(HINTS.map((hint) => [hint, may(CONTROLS[hint])])),
  ...Object.fromEntries(OTHERS.map((name) => [name, anything])),
};

export const hintsOf = (sample) =>
  HINTS.filter((hint) => sample[hint] !== null && sample[hint] !== undefined);

export const sampleModel = model('OmniSampleOverrides', FIELDS, {
  extra: 'forbid',
  after: (sample) => {
    const isSaid = Object.keys(TRANSFER_ONLY).some(
      (name) => sample[name] !== null && !(name === 'control_guidance' && sample[name] === 1),
    );
    if (isSaid && hintsOf(sample).length === 0)
      throw valueError(`transfer inference requires at least one control hint (${HINTS.join(', ')})`);
  },
});

const DEFAULTS = {
  model_mode: 'video2video',
  resolution: '720',
  fps: 24,
  num_frames: 121,
  num_steps: 35,
  guidance: 6,
  shift: 10,
  sigma_max: 80,
  num_outputs: 1,
  control_guidance: 1,
  num_video_frames_per_chunk: 93,
  num_conditional_frames: 1,
  num_first_chunk_conditional_frames: 0,
  max_frames: 5000,
  show_control_condition: false,
  show_input: false,
  share_vision_temporal_positions: true,
  emphasize_control_in_prompt: true,
};
const TUNED = {guidance: 3, control_guidance: 1.5, shift: 10};
/** Where a sample has one hint. */
const OF_HINT = {
  edge: TUNED,
  blur: TUNED,
  depth: TUNED,
  seg: {...TUNED, control_guidance: 2},
  wsm: {
    guidance: 1,
    control_guidance: 3,
    shift: 10,
    num_frames: 101,
    fps: 10,
    num_video_frames_per_chunk: 101,
  },
};

/** What the sample says, completed. @throws Error with the reason why it cannot be made; it may be skipped then */
export function complete(sample) {
  const hints = hintsOf(sample);
  const said = Object.fromEntries(Object.entries(sample).filter(([, value]) => value !== null));
  const extension = /\.[^./]*$/.exec(said.vision_path ?? '')?.[0].toLowerCase() ?? '';
  if (said.vision_path !== undefined && !['.mp4', '.png', '.jpg', '.jpeg', '.webp'].includes(extension))
    throw new Error(`Invalid vision extension: ${extension}`);
  for (const hint of hints)
    if (said.vision_path === undefined && said[hint].control_path === null)
      throw new Error(
        `transfer inference requires 'vision_path' or a pre-computed 'control_path' (hint: ${hint})`,
      );
  const whole = {...DEFAULTS, ...(hints.length === 1 && OF_HINT[hints[0]]), ...said};
  const presets = {edge: 'preset_edge_threshold', blur: 'preset_blur_strength'};
  for (const hint of hints)
    whole[hint] = {
      ...said[hint],
      weight: said[hint].weight ?? 1,
      ...(presets[hint] && {[presets[hint]]: said[hint][presets[hint]] ?? 'medium'}),
    };
  return {...whole, num_frames: Math.ceil((whole.num_frames - 1) / 4) * 4 + 1};
}
