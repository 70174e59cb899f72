#!/usr/bin/env node
/**
 * A stand-in for `torchrun ... transfer.py` and `transfer_multiview.py` of cosmos-transfer1, and for the same under python, for
 * machines with Node and without a GPU. It takes the same words, specs and batches by the same rules, opens every input, prints
 * the same lines, and leaves files of the same names: the input video as the result. `received.json` beside them says what it
 * was given. It shares no code with what it tests. Of checkpoints it wants base models, and those that a spec names.
 */
import {closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync} from 'node:fs';
import {delimiter, join} from 'node:path';
import {findMissing, readLaunch, startedAs} from '../shared/launch.mjs';
import {look} from '../shared/media.mjs';
import {Program} from '../shared/program.mjs';
import {Stop, Uncaught} from '../shared/python.mjs';
import {parseTransfer, SCRIPTS} from './arguments.mjs';
import {applyOverrides, portion, readBatch} from './batch.mjs';
import {CRASHES} from './failures.mjs';
import {makeViews, multiviewCheckpoint, readMultiview, readViews} from './multiview.mjs';
import {checkPrompts, checkVideos, embedPrompts, preprocess, sampleClips, saveVideo} from './pipeline.mjs';
import {checkRegions, countCommonFrames, loadSpec, readInputs, validate} from './spec.mjs';
import {upscaledSize, withSize} from './upscale.mjs';

const program = new Program({
  source: 'cosmos_transfer1/diffusion/inference/world_generation_pipeline.py:615:_run_model',
  crashes: CRASHES,
});
const log = (message, how) => program.log(message, how);

async function main(started) {
  const launch = readLaunch(startedAs(), process.argv.slice(2));
  started(launch);
  const kind = Object.keys(SCRIPTS).find((each) => SCRIPTS[each] === launch.script);
  const missing = findMissing(launch);
  if (missing !== undefined || kind === undefined) {
    program.complain(missing ?? `this stand-in is no ${launch.script ?? launch.module}`);
    throw new Stop(2);
  }
  const roots = (process.env.PYTHONPATH ?? '').split(delimiter);
  if (!roots.includes(process.cwd()))
    throw new Uncaught("ModuleNotFoundError: No module named 'cosmos_transfer1'");
  const args = kind === 'single' ? parseTransfer(launch.rest) : undefined;
  await program.reached('start');
  if (program.shall('spec'))
    throw new Uncaught("ValueError: Must have 'input_video' specified if sigma_max < 80");
  if (kind === 'single') await transfer(launch, args);
  else await multiview(launch);
}

async function multiview({nproc, rest}) {
  const loaded = readMultiview(rest, log);
  begin(loaded.args, nproc);
  const inputs = readViews(loaded);
  program.note(loaded.args.video_save_folder, {nproc, args: loaded.args, spec: loaded.spec, inputs});
  await requireBase(multiviewCheckpoint(loaded.args));
  await makeViews(program, {args: loaded.args, inputs, ranks: nproc});
}

async function transfer({nproc, launcher, rest}, given) {
  const {spec, controls, own, args} = loadSpec(given.controlnet_specs, given, rest);
  log(`control_inputs: ${JSON.stringify(controls, null, 4)}`);
  log(`args in json: ${JSON.stringify(own, null, 4)}`);
  log(`final args: ${JSON.stringify(args, null, 4)}`);
  validate(controls, args, log);
  if (args.upsample_prompt && launcher === 'python') throw new Uncaught("KeyError: 'RANK'");
  begin(args, nproc);
  const folder = args.video_save_folder;
  const regions = args.use_distilled ? [] : (args.regional_prompts ?? []);
  const isBatch = Boolean(args.batch_input_path);
  // What the program would miss only after minutes is missed at once here, but for the files of a batch.
  const inputs = isBatch ? [] : readInputs(controls, {video: args.input_video_path, regions});
  program.note(folder, {nproc, args, spec, inputs});
  const family = args.is_av_sample ? 'Cosmos-Transfer1-7B-Sample-AV' : 'Cosmos-Transfer1-7B';
  await requireBase(join(args.checkpoint_dir, 'nvidia', family, 'base_model.pt'));
  if (isBatch) log(`Reading batch inputs from path: ${args.batch_input_path}`);
  const items = isBatch
    ? readBatch(args.batch_input_path)
    : [{prompt: args.prompt, video: args.input_video_path, overrides: {}}];
  const noted = [];
  for (const {start, items: some} of portion(items, sizeOf(args, controls))) {
    const jobs = [];
    for (const [index, each] of some.entries()) {
      const job = {
        ...each,
        item: start + index,
        folder: isBatch ? join(folder, `video_${start + index}`) : folder,
      };
      jobs.push(await prepare(job, {controls, args, regions, ranks: nproc}));
      const {prompt, controls: effective, inputs: read} = jobs.at(-1);
      noted.push({prompt, video: each.video, controls: effective, inputs: read});
      program.note(folder, {batch: isBatch ? noted : undefined});
    }
    await makePortion(jobs, {args, regions, ranks: nproc, start, isBatch});
  }
}

function begin(args, nproc) {
  log(`Using random seed ${args.seed}.`);
  if (args.num_gpus !== nproc)
    throw new Uncaught(`RuntimeError: world_size ${nproc} does not fit num_gpus ${args.num_gpus}`);
  if (nproc > 1) {
    log('Initialized distributed training with local rank 0 with timeout 1800', {level: 'CRITICAL'});
    log(`Training with ${nproc} GPUs.`);
  }
  mkdirSync(args.video_save_folder, {recursive: true});
}

async function requireBase(path) {
  if (!existsSync(path))
    throw new Uncaught(`FileNotFoundError: [Errno 2] No such file or directory: '${path}'`);
  closeSync(openSync(path, 'r'));
  log('Start creating base model');
  log('Done creating base model');
  log(`Loading base model checkpoint (local): ${path}`);
  log('Done loading the base model checkpoint.');
  await program.reached('load');
}

function sizeOf({batch_size: size}, controls) {
  if (!('upscale' in controls) || size <= 1) return size;
  log('Setting batch_size=1 as upscale does not support batch generation');
  return 1;
}

/** One video before it is made: its controls, read or computed. */
async function prepare(job, {controls, args, regions, ranks}) {
  mkdirSync(job.folder, {recursive: true});
  const own = applyOverrides(controls, job.overrides, log);
  if (job.video === null) throw new Uncaught('ValueError: Failed to load video frames from None');
  const inputs = readInputs(own, {video: job.video, regions});
  const first = job.video || inputs[0]?.path;
  await preprocess(program, {
    controls: own,
    video: first,
    folder: job.folder,
    ranks,
    regions,
    item: job.item,
  });
  return {...job, controls: own, inputs, source: first, seed: args.seed};
}

async function makePortion(jobs, {args, regions, ranks, start, isBatch}) {
  log(`Running batch generation with batch_size=${jobs.length}`);
  const good = checkPrompts(program, jobs);
  embedPrompts(program);
  const frames = Math.min(...good.map(({inputs}) => countCommonFrames(inputs)));
  checkRegions(regions, frames);
  await sampleClips(program, {frames, ranks, item: jobs[0].item});
  const kept = checkVideos(program, good);
  // Results are given to the first folders of the portion, also where an earlier video was blocked.
  for (const [index, job] of kept.entries()) {
    const folder = isBatch ? join(args.video_save_folder, `video_${start + index}`) : args.video_save_folder;
    const [stem, text] = isBatch ? ['output', 'prompt'] : [args.video_save_name, args.video_save_name];
    const to = join(folder, `${stem}.mp4`);
    await saveVideo(program, {
      from: job.source,
      to,
      promptFile: join(folder, `${text}.txt`),
      prompt: job.prompt,
      item: job.item,
    });
    if ('upscale' in job.controls) enlarge(to);
    if (args.save_input_noise) {
      writeFileSync(join(folder, 'noise.pickle'), 'noise');
      log(`Saved input noise to ${join(folder, 'noise.pickle')}`);
    }
  }
}

function enlarge(path) {
  const bytes = readFileSync(path);
  const {width, height} = look(bytes);
  if (width !== undefined) writeFileSync(path, withSize(bytes, upscaledSize({width, height})));
}

await program.run(SCRIPTS.single, main);
