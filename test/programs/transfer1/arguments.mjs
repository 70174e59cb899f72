/** The command lines of cosmos-transfer1: transfer.py, and transfer_multiview.py for driving scenes of several views. */
import {flag, float, int, parse, text} from '../shared/argparse.mjs';

const PRESETS = ['very_low', 'low', 'medium', 'high', 'very_high'];
const PROMPT = 'The video captures a stunning, photorealistic scene with remarkable attention to detail.';
const FOLDER = 'cosmos_transfer1/diffusion/inference/';
export const SCRIPTS = {single: `${FOLDER}transfer.py`, multiview: `${FOLDER}transfer_multiview.py`};

const BOTH = {
  prompt: text(PROMPT),
  controlnet_specs: {kind: 'text', value: null, isRequired: true},
  checkpoint_dir: text('checkpoints'),
  tokenizer_dir: text('Cosmos-Tokenize1-CV8x8x8-720p'),
  video_save_name: text('output'),
  video_save_folder: text('outputs/'),
  num_steps: int(35),
  guidance: float(5),
  fps: int(24),
  seed: int(1),
  num_gpus: int(1),
  offload_diffusion_transformer: flag,
  offload_text_encoder_model: flag,
  offload_guardrail_models: flag,
  offload_prompt_upsampler: flag,
  upsample_prompt: flag,
};

const TRANSFER = {
  ...BOTH,
  negative_prompt: text('The video captures a game playing, with bad crappy graphics and cartoonish frames.'),
  input_video_path: text(''),
  num_input_frames: int(1, [1]),
  sigma_max: float(70),
  blur_strength: text('medium', PRESETS),
  canny_threshold: text('medium', PRESETS),
  is_av_sample: flag,
  batch_input_path: text(null),
  batch_size: int(1),
  use_distilled: flag,
  save_input_noise: flag,
  benchmark: flag,
};

const facing = (where) =>
  text(`The video is captured from a camera mounted on a car. The camera is facing ${where}.`);

const MULTIVIEW = {
  ...BOTH,
  prompt_left: facing('to the left'),
  prompt_right: facing('to the right'),
  prompt_back: facing('backwards'),
  prompt_back_left: facing('the rear left side'),
  prompt_back_right: facing('the rear right side'),
  view_condition_video: text(''),
  initial_condition_video: text(''),
  num_input_frames: int(1, [1, 9]),
  n_clip_max: int(-1),
  waymo_example: {kind: 'bool', value: false},
};

export const parseTransfer = (words) => parse('transfer.py', TRANSFER, words);
export const parseMultiview = (words) => parse('transfer_multiview.py', MULTIVIEW, words);
