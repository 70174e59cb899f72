/** transfer_multiview.py of cosmos-transfer1: six views of a car, or five of Waymo, made from maps of each. */
import {existsSync, mkdirSync, readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {findBlocked} from '../shared/failures.mjs';
import {readInput} from '../shared/media.mjs';
import {Uncaught} from '../shared/python.mjs';
import {parseMultiview} from './arguments.mjs';
import {EPILOGUE} from './failures.mjs';
import {embedPrompts, sampleClips, saveVideo} from './pipeline.mjs';
import {countCommonFrames, loadSpec, readInputs, validateMultiview} from './spec.mjs';

const FRAMES_OF_CLIP = 57;
const FAMILY = 'Cosmos-Transfer1-7B-Sample-AV-Single2MultiView';

export function readMultiview(words, log) {
  const given = parseMultiview(words);
  const loaded = loadSpec(given.controlnet_specs, given, words);
  log(`control_inputs: ${JSON.stringify({...loaded.controls, ...loaded.own}, null, 4)}`);
  log(`args in json: ${JSON.stringify(loaded.own, null, 4)}`);
  log(`final args: ${JSON.stringify(loaded.args, null, 4)}`);
  validateMultiview(loaded.controls, loaded.own, {args: loaded.args, log});
  return loaded;
}

/** The base model of the published controls: from text, or from frames that were there before. */
export const multiviewCheckpoint = ({checkpoint_dir: root, initial_condition_video: initial}) =>
  join(root, 'nvidia', FAMILY, `${initial ? 'v2w' : 't2w'}_base_model.pt`);

function promptsOf(args) {
  const {prompt, prompt_left, prompt_right, prompt_back, prompt_back_left, prompt_back_right} = args;
  return args.waymo_example
    ? [prompt, prompt_left, prompt_right, prompt_back_left, prompt_back_right]
    : [prompt, prompt_left, prompt_right, prompt_back, prompt_back_left, prompt_back_right];
}

export function readViews({controls, args}) {
  const inputs = readInputs(controls, {video: ''});
  for (const key of ['view_condition_video', 'initial_condition_video']) {
    const path = args[key];
    if (!path) continue;
    if (!existsSync(path)) throw new Uncaught(`ValueError: Failed to load video frames from ${path}`);
    const isFolder = statSync(path).isDirectory();
    if (isFolder && key === 'view_condition_video')
      throw new Uncaught(`IsADirectoryError: [Errno 21] Is a directory: '${path}'`);
    const files = isFolder ? readdirSync(path).map((name) => join(path, name)) : [path];
    const read = files.map((each) => readInput(key, each));
    if (key === 'initial_condition_video') requireFrames(read, args);
    inputs.push(...read);
  }
  return inputs;
}

/** All views lie one after the other in one video, or each in a file of its own. */
function requireFrames(read, {num_input_frames: frames, waymo_example: isWaymo}) {
  const views = isWaymo ? 5 : 6;
  const total = read.reduce((sum, each) => sum + (each.frames ?? views * frames), 0);
  if (total < views * frames)
    throw new Uncaught(
      `RuntimeError: The expanded size of the tensor (${frames}) must match the existing size (${Math.floor(total / views)}) at non-singleton dimension 3.`,
    );
}

export async function makeViews(program, {args, inputs, ranks}) {
  const folder = args.video_save_folder;
  mkdirSync(join(folder, 'video_0'), {recursive: true});
  await program.reached('controls');
  const prompts = promptsOf(args);
  program.log('Running guardrail checks on all prompts');
  const reason = program.shall('guardrail')
    ? findBlocked('a lifeless street')
    : prompts.map(findBlocked).find(Boolean);
  if (reason !== undefined) block(program, reason);
  embedPrompts(program);
  const overlap = args.initial_condition_video ? args.num_input_frames : 0;
  const whole = countCommonFrames(inputs.filter(({key}) => key.endsWith('input_control')));
  const most =
    args.n_clip_max > 0 ? FRAMES_OF_CLIP + (args.n_clip_max - 1) * (FRAMES_OF_CLIP - overlap) : Infinity;
  const frames = Math.min(whole, overlap === 0 ? FRAMES_OF_CLIP : most);
  await sampleClips(program, {frames, ranks, item: 0, length: FRAMES_OF_CLIP, overlap});
  if (program.shall('guardrail-video'))
    block(program, 'GUARDRAIL BLOCKED: VIDEOCONTENTSAFETYFILTER: unsafe frames');
  const stem = join(folder, args.video_save_name);
  const prompt = prompts.join(';');
  await saveVideo(program, {
    from: inputs[0].path,
    to: `${stem}.mp4`,
    promptFile: `${stem}.txt`,
    prompt,
    item: 0,
  });
}

function block(program, reason) {
  program.log(reason, {level: 'CRITICAL'});
  program.log('Guardrail blocked generation.', {level: 'CRITICAL'});
  throw new Uncaught(EPILOGUE);
}
