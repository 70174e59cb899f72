#!/usr/bin/env node
/**
 * A stand-in for `torchrun … -m cosmos_framework.scripts.inference` of Cosmos 3, for machines without a GPU: the same words and
 * specs by the same rules, the same lines, files of the same names with the input video as the result. `received.json` beside
 * them says what it was given. It shares no code with what it tests.
 */
import {appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {basename, dirname, join, resolve} from 'node:path';
import {countFrames, Program, readInput, readWords, run, splitTorchrun, Stop} from '../shared/stand-in.mjs';

const MODULE = 'cosmos_framework.scripts.inference';
const PROGRAM = 'cosmos_framework/scripts/inference.py';
const HINTS = ['edge', 'blur', 'depth', 'seg', 'wsm'];
const GIVEN = ['depth', 'seg', 'wsm'];
const HINT_KEYS = {edge: 'preset_edge_threshold', blur: 'preset_blur_strength'};
const program = new Program(PROGRAM, {prefix: 'job=|'});

const int =
  (from = -Infinity, to = Infinity) =>
  (value) =>
    Number.isInteger(value) && value >= from && value <= to;
const number =
  (from = -Infinity, to = Infinity) =>
  (value) =>
    typeof value === 'number' && value >= from && value <= to;
const text = (value) => value === null || typeof value === 'string';
const bool = (value) => value === null || typeof value === 'boolean';
const oneOf =
  (...values) =>
  (value) =>
    values.includes(value);
const FIELDS = {
  name: text,
  model_mode: oneOf('video2video'),
  prompt: text,
  prompt_path: text,
  negative_prompt: text,
  negative_prompt_file: text,
  negative_metadata_mode: oneOf('none', 'same', 'inverse', null),
  negative_prompt_keep_metadata: bool,
  vision_path: text,
  resolution: oneOf('256', '480', '704', '720', '768'),
  aspect_ratio: oneOf('1,1', '4,3', '3,4', '16,9', '9,16'),
  fps: int(1),
  num_frames: int(1),
  num_steps: int(1),
  guidance: number(0, 7),
  control_guidance: number(0, 10),
  shift: number(),
  sigma_max: number(),
  seed: int(),
  num_outputs: int(1),
  num_video_frames_per_chunk: int(1),
  num_conditional_frames: int(0),
  num_first_chunk_conditional_frames: int(0),
  max_frames: int(1),
  show_control_condition: bool,
  show_input: bool,
  share_vision_temporal_positions: bool,
  emphasize_control_in_prompt: bool,
};

function readArguments() {
  const {nproc, rest} = splitTorchrun(process.argv.slice(2).filter((word) => word !== '-m'));
  const [module, ...words] = rest;
  if (module !== MODULE || !existsSync(join(process.env.PYTHONPATH ?? '.', PROGRAM)))
    program.raise(`ModuleNotFoundError: No module named '${MODULE.split('.')[0]}'`);
  const options = readWords(
    words,
    {
      repeated: ['-i'],
      values: ['-o', '--checkpoint-path', '--parallelism-preset', '--seed'],
      switches: ['--offload-guardrail-models', '--no-diffusion-cache', '--no-guardrails', '--keep-going'],
    },
    (word) => {
      program.complain(`Unrecognized options: ${word}`);
      throw new Stop(2);
    },
  );
  if (options['--parallelism-preset'] !== 'latency') {
    program.complain('stand-in: a transfer would hang without --parallelism-preset=latency');
    throw new Stop(1);
  }
  return {nproc, options};
}

function validate(raw, file) {
  const errors = [];
  const hints = HINTS.filter((hint) => raw[hint] !== undefined);
  const at = (path) => resolve(dirname(file), path);
  for (const [key, value] of Object.entries(raw)) {
    if (HINTS.includes(key)) continue;
    if (!FIELDS[key]) errors.push(`${key}\n  Extra inputs are not permitted`);
    else if (!FIELDS[key](value))
      errors.push(`${key}\n  Input should be valid, not ${JSON.stringify(value)}`);
  }
  for (const hint of hints) {
    const known = ['control_path', 'weight', HINT_KEYS[hint]];
    for (const key of Object.keys(raw[hint]))
      if (!known.includes(key)) errors.push(`${hint}.${key}\n  Extra inputs are not permitted`);
    if (GIVEN.includes(hint) && !raw[hint].control_path)
      errors.push(
        `Missing pre-computed control input for '${hint}'. Provide a control_path in the transfer config.`,
      );
  }
  if (hints.length === 0) errors.push('transfer inference requires at least one control hint');
  for (const path of [
    raw.vision_path,
    raw.prompt_path,
    raw.negative_prompt_file,
    ...hints.map((hint) => raw[hint].control_path),
  ])
    if (path && !existsSync(at(path))) errors.push(`Path does not point to a file: ${at(path)}`);
  if (errors.length === 0) return {hints, at};
  program.complain(`Error validating parameters from '${file}' at sample 1`, ...errors);
  throw new Stop(1);
}

async function generate(raw, {file, folder}) {
  const {hints, at} = validate(raw, file);
  const name = raw.name ?? basename(file).replace(/\.\w+$/, '');
  const own = join(folder, name);
  mkdirSync(own, {recursive: true});
  writeFileSync(join(own, 'sample_args.json'), JSON.stringify(raw, null, 2));
  program.log(`Saved sample args to '${join(own, 'sample_args.json')}'`);
  const inputs = [];
  const open = (key, path) => path && inputs.push(readInput(key, at(path)));
  open('vision_path', raw.vision_path);
  open('prompt_path', raw.prompt_path);
  open('negative_prompt_file', raw.negative_prompt_file);
  if (program.mode === 'guardrail')
    program.raise(
      "GuardrailError: Guardrail blocked prompt 'a lifeless street': Prompt blocked by Qwen3Guard. Safety: Unsafe, Categories: [Violent]",
    );
  await program.reached('controls');
  for (const hint of hints) {
    open(`${hint}.control_path`, raw[hint].control_path);
    program.log(
      raw[hint].control_path
        ? `Loaded pre-computed ${hint} control from ${raw[hint].control_path}`
        : `Computing ${hint} control input on the fly`,
    );
    if (raw[hint].weight < 0) program.raise('AssertionError: weights must be non-negative');
  }
  const video = at(raw.vision_path ?? raw[hints[0]].control_path);
  program.log(`[transfer] final user prompt: ${raw.prompt ?? '…'}`);
  const frames = Math.min(countFrames(video), raw.max_frames ?? 5000);
  for (let left = frames; left > 0; left -= (raw.num_video_frames_per_chunk ?? 93) - 1) {
    await program.reached('sample');
    await program.steps('Sampling', raw.num_steps ?? 35);
    if (left <= (raw.num_video_frames_per_chunk ?? 93)) break;
  }
  for (const hint of hints) {
    copyFileSync(
      raw[hint].control_path ? at(raw[hint].control_path) : video,
      join(own, `control_${hint}.mp4`),
    );
    program.log(`Saved control video to '${join(own, `control_${hint}.mp4`)}'`);
  }
  if (program.mode === 'guardrail-video') program.raise('GuardrailError: Guardrail blocked video');
  await program.reached('save');
  if (program.mode !== 'no-output') copyFileSync(video, join(own, 'vision.mp4'));
  const outputs = {
    args: raw,
    status: 'success',
    message: null,
    outputs: [{content: {}, files: ['vision.mp4']}],
  };
  writeFileSync(join(own, 'sample_outputs.json'), JSON.stringify(outputs, null, 2));
  program.log(`Saved transfer outputs to '${join(own, 'sample_outputs.json')}'`, 'SUCCESS');
  return inputs;
}

await run(async () => {
  await program.reached('start');
  const {nproc, options} = readArguments();
  const folder = options['-o'];
  mkdirSync(folder, {recursive: true});
  for (const file of ['console.log', 'debug.log']) {
    appendFileSync(join(folder, file), '');
    program.files.push({path: join(folder, file), takesInner: true});
  }
  program.log(`Console log saved to ${join(folder, 'console.log')}`);
  program.log(`Loaded ${options['-i'].length} samples`);
  await program.reached('load');
  const samples = [];
  for (const file of options['-i']) {
    const raw = JSON.parse(readFileSync(file, 'utf8'));
    samples.push({raw, inputs: await generate(raw, {file, folder})});
  }
  const {HF_HOME = null, HF_TOKEN, PYTHONPATH = null} = process.env;
  const environment = {HF_HOME, PYTHONPATH, hasToken: HF_TOKEN !== undefined};
  const facts = {argv: process.argv.slice(2), cwd: process.cwd(), nproc, options, samples, environment};
  writeFileSync(join(folder, 'received.json'), JSON.stringify(facts, null, 2));
});
