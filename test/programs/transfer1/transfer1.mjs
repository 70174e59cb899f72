#!/usr/bin/env node
/**
 * A stand-in for `torchrun ... transfer.py` of cosmos-transfer1, for machines with Node and without a GPU. It takes the same
 * words and spec by the same rules, opens every input, prints the same lines, and leaves files of the same names: the input
 * video as the result. `received.json` beside them says what it was given. It shares no code with what it tests.
 * STANDIN_FAIL names a way to fail (failures.mjs), STANDIN_SECONDS the time that each clip takes; both may also be files in
 * the working directory.
 */
import {createHash} from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  closeSync,
  writeFileSync,
} from 'node:fs';
import {basename, join} from 'node:path';
import {parseTransfer, splitTorchrun, UsageError} from './arguments.mjs';
import {FAILURES, wrapperLines} from './failures.mjs';

const HINTS = ['vis', 'seg', 'edge', 'depth', 'keypoint', 'upscale', 'hdmap', 'lidar'];
const PREPROCESSORS = {
  seg: "SAM using prompt='…'",
  depth: 'DepthAnythingModel',
  vis: 'VisControlModel',
  edge: 'EdgeControlModel',
  keypoint: 'Openpose',
};
const SOURCE = 'cosmos_transfer1/diffusion/inference/world_generation_pipeline.py:615:_run_model';

class Stop extends Error {
  constructor(rc) {
    super(`ends with ${rc}`);
    this.rc = rc;
  }
}

const setting = (name) =>
  process.env[name] ?? (existsSync(name) ? readFileSync(name, 'utf8').trim() : undefined);
const failure = FAILURES[setting('STANDIN_FAIL')];
const clipMs = 1000 * Number(setting('STANDIN_SECONDS') ?? 0);

function log(message, level = 'INFO') {
  process.stdout.write(`[07-14 09:12:33|${level}|${SOURCE}] ${message}\n`);
}

function complain(lines) {
  for (const line of lines) process.stderr.write(`${line}\n`);
}

function raise(exception) {
  complain(['Traceback (most recent call last):', '  File "transfer.py", line 431, in <module>', exception]);
  throw new Stop(1);
}

/** The place where a failure that was asked for happens. */
function reached(phase) {
  if (failure?.at !== phase) return;
  for (const [level, message] of failure.records ?? []) log(message, level);
  for (const line of failure.printed ?? []) process.stdout.write(`${line}\n`);
  complain(failure.errors ?? []);
  if (failure.kill) process.kill(process.pid, failure.kill);
  throw new Stop(failure.rc);
}

function loadSpec(path, args, words) {
  let spec;
  try {
    spec = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') raise(`FileNotFoundError: [Errno 2] No such file or directory: '${path}'`);
    raise(`json.decoder.JSONDecodeError: ${error.message}`);
  }
  const controls = {};
  for (const [key, value] of Object.entries(spec)) {
    if (HINTS.includes(key)) controls[key] = value;
    else if (typeof value === 'object' && value !== null && !Array.isArray(value))
      raise(
        `ValueError: Invalid hint_key: ${key}. Must be one of {${HINTS.map((hint) => `'${hint}'`).join(', ')}}`,
      );
    else if (!words.includes(`--${key}`)) args[key] = value;
  }
  log(`control_inputs: ${JSON.stringify(controls, null, 4)}`);
  log(`final args: ${JSON.stringify(args, null, 4)}`);
  return controls;
}

function validate(controls, args) {
  if (args.input_video_path === '' && args.sigma_max < 80)
    raise("ValueError: Must have 'input_video' specified if sigma_max < 80");
  for (const [hint, control] of Object.entries(controls)) {
    if (args.input_video_path === '' && !control.input_control)
      raise(
        `ValueError: ${hint} controlnet must have 'input_control' video specified if no 'input_video' specified.`,
      );
    if (control.control_weight === undefined) {
      log(`No control weight specified for ${hint}. Setting to 0.5.`, 'WARNING');
      control.control_weight = '0.5';
    }
    const weight = control.control_weight;
    const isMap = typeof weight === 'string' && weight.endsWith('.pt');
    if (!isMap && !(Number(weight) >= 0))
      raise(
        `ValueError: Control weight for ${hint} must be a valid non-negative float or a path to a .pt file.`,
      );
    log(`No checkpoint path specified for ${hint}. Using default.`);
  }
  if ((args.is_av_sample ?? false) !== ['hdmap', 'lidar'].some((hint) => hint in controls))
    raise('AssertionError: hints and base model do not fit');
  log(`Using random seed ${args.seed}.`);
}

/** Every file that the spec names, opened and read to its end. */
function readInputs(controls, args) {
  const files = [['input_video_path', args.input_video_path]];
  for (const [hint, control] of Object.entries(controls)) {
    files.push([`${hint}.input_control`, control.input_control]);
    if (String(control.control_weight).endsWith('.pt'))
      files.push([`${hint}.control_weight`, control.control_weight]);
  }
  for (const [index, region] of (args.regional_prompts ?? []).entries())
    if (typeof region.region_definitions_path === 'string')
      files.push([`regional_prompts.${index}`, region.region_definitions_path]);
  return files
    .filter(([, path]) => path)
    .map(([key, path]) => {
      if (!existsSync(path)) raise(`ValueError: Failed to load video frames from ${path}`);
      const bytes = readFileSync(path);
      return {key, path, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex')};
    });
}

/** Frames by the sample table of an MP4 file; 121 for anything else. */
function countFrames(path) {
  const bytes = readFileSync(path);
  const at = bytes.indexOf('stsz');
  return at === -1 ? 121 : bytes.readUInt32BE(at + 12);
}

function requireCheckpoints(args) {
  const family = args.is_av_sample ? 'Cosmos-Transfer1-7B-Sample-AV' : 'Cosmos-Transfer1-7B';
  const path = join(args.checkpoint_dir, 'nvidia', family, 'base_model.pt');
  if (!existsSync(path)) raise(`FileNotFoundError: [Errno 2] No such file or directory: '${path}'`);
  closeSync(openSync(path, 'r'));
  log('Start creating base model');
  log('Done creating base model');
  log(`Loading base model checkpoint (local): ${path}`);
  log('Done loading the base model checkpoint.');
}

function preprocess(controls, args, nproc) {
  log('running preprocessor');
  reached('controls');
  for (const [hint, control] of Object.entries(controls)) {
    const model = PREPROCESSORS[hint];
    if (control.input_control || !model) continue;
    log(`no input_control provided for ${hint}. generating input control video with ${model}`);
    for (let rank = 0; rank < nproc; rank += 1) {
      const to = join(args.video_save_folder, `${hint}_input_control_${rank}.mp4`);
      copyFileSync(args.input_video_path, to);
      if (hint === 'vis' || hint === 'edge') log(`Successfully saved ${hint} control video to: ${to}`);
    }
  }
}

function bar(done, total) {
  const percent = Math.floor((100 * done) / total);
  const full = '█'.repeat(Math.floor(percent / 10)).padEnd(10, ' ');
  const times = done === 0 ? '00:00<?, ?it/s' : '04:51<14:34, 291.5s/it';
  process.stderr.write(`\r${String(percent).padStart(3)}%|${full}| ${done}/${total} [${times}]`);
}

async function generate(video) {
  log('Run generation');
  log('Starting data augmentation');
  reached('generate');
  log('Making all control and input videos to be length of 121 frames.');
  log('Completed data augmentation');
  const clips = Math.max(1, Math.ceil((countFrames(video) - 1) / 120));
  bar(0, clips);
  for (let clip = 1; clip <= clips; clip += 1) {
    for (const phase of ['latent encoding', 'diffusion sampling', 'VAE decode']) {
      log(`Starting ${phase}`);
      if (phase === 'diffusion sampling') {
        reached('sample');
        await new Promise((resolve) => setTimeout(resolve, clipMs));
      }
      log(`Completed ${phase}`);
    }
    bar(clip, clips);
  }
  process.stderr.write('\n');
  log('Finish generation');
  log('Run guardrail on generated videos');
  reached('check video');
}

async function transfer(nproc, words) {
  const args = parseTransfer(words);
  if (process.env.PYTHONPATH !== process.cwd())
    raise("ModuleNotFoundError: No module named 'cosmos_transfer1'");
  reached('start');
  const controls = loadSpec(args.controlnet_specs, args, words);
  const spec = JSON.parse(readFileSync(args.controlnet_specs, 'utf8'));
  validate(controls, args);
  if (args.num_gpus !== nproc)
    raise(`RuntimeError: world_size ${nproc} does not fit num_gpus ${args.num_gpus}`);
  if (nproc > 1) log('Initialized distributed training with local rank 0 with timeout 1800', 'CRITICAL');
  mkdirSync(args.video_save_folder, {recursive: true});
  const inputs = readInputs(controls, args);
  const {HF_HOME = null, PYTHONPATH = null, HF_TOKEN} = process.env;
  const received = {argv: process.argv.slice(2), cwd: process.cwd(), nproc, args, spec, inputs};
  const environment = {HF_HOME, PYTHONPATH, hasToken: HF_TOKEN !== undefined};
  writeFileSync(
    join(args.video_save_folder, 'received.json'),
    JSON.stringify({...received, environment}, null, 2),
  );
  requireCheckpoints(args);
  reached('load');
  preprocess(controls, args, nproc);
  log('Running guardrail checks on all prompts');
  if (args.prompt.trim() === '') log('GUARDRAIL BLOCKED: Input is empty', 'CRITICAL');
  reached('check prompt');
  for (const message of [
    'Running text embedding on all prompts',
    'Starting T5 compute',
    'Completed T5 compute',
  ])
    log(message);
  const video = args.input_video_path || inputs[0].path;
  await generate(video);
  reached('save');
  const stem = join(args.video_save_folder, args.video_save_name);
  copyFileSync(video, `${stem}.mp4`);
  log(`Saved video to ${stem}.mp4`);
  writeFileSync(`${stem}.txt`, args.prompt);
  log(`Saved prompt to ${stem}.txt`);
}

/** The beginning of the program is read, so that a missing checkout is seen as Python would see it. */
function openScript(script) {
  if (!existsSync(script)) {
    complain([
      `python: can't open file '${join(process.cwd(), script)}': [Errno 2] No such file or directory`,
    ]);
    throw new Stop(2);
  }
  const file = openSync(script, 'r');
  readSync(file, Buffer.alloc(1));
  closeSync(file);
  if (basename(script) !== 'transfer.py') raise(`RuntimeError: this stand-in is no ${basename(script)}`);
}

try {
  const {nproc, script, rest} = splitTorchrun(process.argv.slice(2));
  try {
    openScript(script);
    await transfer(nproc, rest);
  } catch (error) {
    if (error instanceof Stop && error.rc !== 0) complain(wrapperLines(script, failure));
    throw error;
  }
} catch (error) {
  if (error instanceof UsageError) {
    complain(['usage: transfer.py [-h] --controlnet_specs CONTROLNET_SPECS', error.message]);
    process.exitCode = 2;
  } else if (error instanceof Stop) {
    process.exitCode = error.rc;
  } else {
    throw error;
  }
}
