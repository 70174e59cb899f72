/** The control spec of cosmos-transfer1: load_controlnet_specs, validate_controlnet_specs, and every file that it names. */
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {readInput} from '../shared/media.mjs';
import {isDict, loadJson, readText, toFloat, Uncaught} from '../shared/python.mjs';

export const HINTS = ['vis', 'seg', 'edge', 'depth', 'keypoint', 'upscale', 'hdmap', 'lidar'];
const DRIVING = ['hdmap', 'lidar'];
const MASKS = /\.(?:mp4|mkv|mov|avi|webm|flv|wmv)$/i;

const invalidHint = (key) =>
  new Uncaught(
    `ValueError: Invalid hint_key: ${key}. Must be one of {${HINTS.map((hint) => `'${hint}'`).join(', ')}}`,
  );

/** Members of the spec win over the command line, but for those whose option is a word of its own there. */
export function loadSpec(path, args, words) {
  const spec = loadJson(readText(path));
  if (!isDict(spec)) throw new Uncaught("AttributeError: 'list' object has no attribute 'items'");
  const controls = {};
  const own = {};
  for (const [key, value] of Object.entries(spec)) {
    if (HINTS.includes(key)) controls[key] = value;
    else if (isDict(value)) throw invalidHint(key);
    else own[key] = value;
  }
  const said = Object.fromEntries(Object.entries(own).filter(([key]) => !words.includes(`--${key}`)));
  return {spec, controls, own, args: {...args, ...said}};
}

export function validate(controls, args, log) {
  const hints = Object.keys(controls);
  if (args.input_video_path === '' && args.sigma_max < 80)
    throw new Uncaught("ValueError: Must have 'input_video' specified if sigma_max < 80");
  for (const hint of hints) {
    if (args.input_video_path === '' && !controls[hint].input_control)
      throw new Uncaught(
        `ValueError: ${hint} controlnet must have 'input_control' video specified if no 'input_video' specified.`,
      );
    if (args.use_distilled && hint !== 'edge')
      throw new Uncaught(
        `ValueError: No default distilled checkpoint for ${hint}. Please specify ckpt_path.`,
      );
    checkControl(hint, controls[hint], args, log);
  }
  const isDriving = DRIVING.some((hint) => hint in controls);
  if (isDriving !== args.is_av_sample || (isDriving && !hints.every((hint) => DRIVING.includes(hint))))
    throw new Uncaught('AssertionError: hints and base model do not fit');
  if ('upscale' in controls && hints.length > 1)
    throw new Uncaught('AssertionError: upscale is the only control of its run');
  if (args.use_distilled && (hints.length !== 1 || args.is_av_sample || args.save_input_noise))
    throw new Uncaught('AssertionError: the distilled model takes edge alone, without --save_input_noise');
  checkSeed(args);
}

/** transfer_multiview.py has rules of its own: what is no control may only be one of two members. */
export function validateMultiview(controls, own, {args, log}) {
  for (const key of Object.keys(own))
    if (!['prompts', 'view_condition_video'].includes(key)) throw invalidHint(key);
  for (const hint of Object.keys(controls)) checkControl(hint, controls[hint], args, log);
  const views = args.waymo_example ? 5 : 6;
  for (const [hint, {input_control: videos}] of Object.entries(controls)) {
    if (!DRIVING.includes(hint)) throw new Uncaught(`KeyError: '${hint}'`);
    if (!Array.isArray(videos)) throw new Uncaught(`TypeError: ${hint}: expected a list of ${views} videos`);
    if (videos.length !== views)
      throw new Uncaught(`AssertionError: ${hint}: expected ${views} views, got ${videos.length}`);
  }
  if (Object.keys(controls).length === 0) throw new Uncaught('IndexError: list index out of range');
  checkSeed(args);
}

function checkControl(hint, control, args, log) {
  if (!isDict(control)) throw new Uncaught(`TypeError: argument of type 'NoneType' is not iterable`);
  if (control.ckpt_path === undefined) {
    log(`No checkpoint path specified for ${hint}. Using default.`);
    log(`Using default checkpoint path: ${join(args.checkpoint_dir, 'nvidia', `${hint}_control.pt`)}`);
  }
  if (control.control_weight === undefined) {
    log(`No control weight specified for ${hint}. Setting to 0.5.`, {level: 'WARNING'});
    control.control_weight = '0.5';
  }
  if (!isWeight(control.control_weight))
    throw new Uncaught(
      `ValueError: Control weight for ${hint} must be a valid non-negative float or a path to a .pt file.`,
    );
}

function isWeight(weight) {
  if (typeof weight === 'string') return weight.endsWith('.pt') || toFloat(weight) >= 0;
  return typeof weight === 'number' && weight >= 0;
}

function checkSeed({seed}) {
  if (!Number.isInteger(seed))
    throw new Uncaught(`TypeError: Cannot cast array data from dtype('<U1') to dtype('int64')`);
  if (seed < 0 || seed > 2 ** 32 - 1) throw new Uncaught('ValueError: Seed must be between 0 and 2**32 - 1');
}

/** A regional prompt without frames for a whole clip is refused late. */
export function checkRegions(regions, frames) {
  for (const region of regions) {
    const {region_definitions_path: path, mask_prompt: words} = region;
    if (typeof region.prompt !== 'string') throw new Uncaught("KeyError: 'prompt'");
    if (path === undefined && words === undefined) throw new Uncaught('IndexError: list index out of range');
    if (typeof path === 'string' && !path.endsWith('.json') && !MASKS.test(path))
      throw new Uncaught(`ValueError: Invalid region definition format: ${path}`);
    if (Array.isArray(path) && (path.length !== 4 || path.some((edge) => !(edge >= 0 && edge <= 1))))
      throw new Uncaught('ValueError: Box coordinates must be normalized to the range [0, 1]');
  }
  if (regions.length > 0 && frames < 121)
    throw new Uncaught(`AssertionError: Temporal dimension ${frames} is not divisible by chunk_length 121`);
}

/** Every file of one video, opened and read to its end. Paths begin in the working directory. */
export function readInputs(controls, {video, regions = []}) {
  const files = [['input_video_path', video]];
  for (const [hint, control] of Object.entries(controls)) {
    const {input_control: given, control_weight: weight, ckpt_path: checkpoint} = control;
    for (const path of Array.isArray(given) ? given : [given]) files.push([`${hint}.input_control`, path]);
    if (String(weight).endsWith('.pt')) files.push([`${hint}.control_weight`, weight]);
    if (checkpoint !== undefined && !existsSync(checkpoint))
      throw new Uncaught(`FileNotFoundError: [Errno 2] No such file or directory: '${checkpoint}'`);
  }
  for (const [index, {region_definitions_path: path}] of regions.entries())
    if (typeof path === 'string') {
      files.push([`regional_prompts.${index}`, path]);
      if (path.endsWith('.json') && existsSync(path)) loadJson(readFileSync(path, 'utf8'));
    }
  return files
    .filter(([, path]) => path)
    .map(([key, path]) => {
      if (!existsSync(path)) throw new Uncaught(`ValueError: Failed to load video frames from ${path}`);
      return readInput(key, path);
    });
}

/** The shortest wins without a word. */
export const countCommonFrames = (inputs) =>
  Math.min(5000, ...inputs.filter(({key}) => !key.startsWith('regional')).map(({frames = 121}) => frames));
