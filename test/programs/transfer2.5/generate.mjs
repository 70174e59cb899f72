/** One video of cosmos-transfer2.5: the checks, files and lines of cosmos_transfer2/inference.py. */
import {statSync, writeFileSync, copyFileSync, readdirSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {findBlocked} from '../shared/failures.mjs';
import {countChunks, countFrames, readInput} from '../shared/media.mjs';
import {repr, toFloat, Uncaught} from '../shared/python.mjs';
import {hintsOf} from './rules.mjs';

const INNER = 'cosmos_transfer2/_src/transfer2/inference/inference_pipeline.py:702:generate_img2world';
const GUARDRAIL = 'cosmos_transfer2/_src/imaginaire/auxiliary/guardrail/common/core.py:77:run';
const RESOLUTIONS = ['256', '480', '480p', '512', '720', '720p', '720robocasa', '1024', '1080'];
const DISTILLED_FRAMES = 93;
const LATEST_SEED = 2 ** 32 - 1;

/** Whether the prompts may be used. @throws Uncaught when the program is not to keep going */
export async function passesText(program, {sample, item, options}) {
  if (options['disable-guardrails']) {
    program.log('Guardrail checks on prompt are disabled', {level: 'WARNING'});
    return true;
  }
  program.log('Running guardrail check on prompt...');
  if (program.shall('guardrail-silent', item)) return false;
  for (const [what, prompt, mode] of [
    ['Prompt', sample.prompt, 'guardrail'],
    ['Negative prompt', sample.negative_prompt, 'guardrail-negative'],
  ]) {
    if (prompt === null || prompt === undefined) continue;
    const reason = program.shall(mode, item) ? findBlocked('a lifeless street') : findBlocked(prompt);
    if (reason !== undefined) {
      program.log(reason, {level: 'CRITICAL', source: GUARDRAIL});
      const message = `Guardrail blocked generation. ${what}: ${prompt}`;
      program.log(message, {level: 'CRITICAL'});
      if (!options['keep-going']) throw new Uncaught(`Exception: ${message}`);
      return false;
    }
    program.log(`Passed guardrail on ${what.toLowerCase()}`, {level: 'SUCCESS'});
  }
  return true;
}

/** A blocked video is not spoken of. */
export async function passesVideo(program, {item, options}) {
  if (options['disable-guardrails']) {
    program.log('Guardrail checks on video are disabled', {level: 'WARNING'});
    return true;
  }
  program.log('Running guardrail check on video...');
  if (program.shall('guardrail-video', item)) {
    if (!options['keep-going']) throw new Uncaught('Exception: Guardrail blocked video2world generation.');
    return false;
  }
  program.log('Passed guardrail on generated video', {level: 'SUCCESS'});
  return true;
}

/** @returns {Promise<object[] | null>} the files that were read; null for a sample that was blocked before it began */
export async function generate(program, job) {
  const {sample, folder, item, options, nproc} = job;
  const stem = join(folder, sample.name);
  writeArguments(program, stem, sample);
  if (!(await passesText(program, job))) {
    // The other ranks wait for the first in their next collective.
    if (program.shall('guardrail-hang', item)) await program.hang();
    return null;
  }
  program.log(`Processing the following paths: ${repr(modalities(sample))}`);
  if (sample.sigma_max !== null && toFloat(sample.sigma_max) === undefined)
    throw new Uncaught(`ValueError: could not convert string to float: ${repr(sample.sigma_max)}`);
  const inputs = readInputs(sample);
  await program.reached('controls', item);
  if (!RESOLUTIONS.includes(sample.resolution)) throw new Uncaught(`KeyError: ${repr(sample.resolution)}`);
  checkSeed(sample.seed);
  const frames = await sampleChunks(program, {sample, item, nproc, options});
  const ending = frames === 1 ? 'jpg' : 'mp4';
  for (const hint of hintsOf(sample)) {
    const {control_path: given, mask_path: mask, mask_prompt: words} = sample[hint];
    copyFileSync(given ?? sample.video_path, `${stem}_control_${hint}.${ending}`);
    program.log(`${hint} control video saved to ${stem}_control_${hint}.${ending}`);
    if (words === null && !sample.guided_generation_mask) continue;
    if (mask !== null) continue;
    copyFileSync(sample.video_path, `${stem}_mask_${hint}.${ending}`);
    program.log(`Mask for ${hint} saved to ${stem}_mask_${hint}.${ending}`);
  }
  if (!(await passesVideo(program, job))) return inputs;
  await program.save(sample.video_path, `${stem}.${ending}`, item);
  if (program.shall('no-output', item)) return inputs;
  writeFileSync(`${stem}.txt`, sample.prompt);
  program.log(`Generated video saved to ${stem}.${ending}`, {level: 'SUCCESS'});
  return inputs;
}

/** Before anything else is done, so that the file is there for a sample that is blocked. */
export function writeArguments(program, stem, sample) {
  if (!isFolder(dirname(stem)))
    throw new Uncaught(`FileNotFoundError: [Errno 2] No such file or directory: '${stem}.json'`);
  writeFileSync(`${stem}.json`, JSON.stringify(sample));
  program.log(`Saved arguments to ${stem}.json`);
}

function isFolder(path) {
  return statSync(path, {throwIfNoEntry: false})?.isDirectory() === true;
}

/** numpy takes no other. */
export function checkSeed(seed) {
  if (seed < 0 || seed > LATEST_SEED) throw new Uncaught('ValueError: Seed must be between 0 and 2**32 - 1');
}

function modalities(sample) {
  return Object.fromEntries(
    hintsOf(sample).flatMap((hint) => [
      [hint, sample[hint].control_path],
      [`${hint}_mask`, sample[hint].mask_path],
      [`${hint}_mask_prompt`, sample[hint].mask_prompt],
    ]),
  );
}

/** Every file of the sample, opened and read to its end. */
function readInputs(sample) {
  const files = [
    ['video_path', sample.video_path],
    ['prompt_path', sample.prompt_path],
    ['image_context_path', sample.image_context_path],
    ...hintsOf(sample).flatMap((hint) => [
      [`${hint}.control_path`, sample[hint].control_path],
      [`${hint}.mask_path`, sample[hint].mask_path],
    ]),
    ['guided_generation_mask', sample.guided_generation_mask],
  ];
  return files
    .filter(([, path]) => path)
    .flatMap(([key, path]) =>
      isFolder(path)
        ? readdirSync(path).map((name) => readInput(key, join(path, name)))
        : [readInput(key, path)],
    );
}

async function sampleChunks(program, {sample, item, nproc, options}) {
  const {num_video_frames_per_chunk: size, num_conditional_frames: overlap} = sample;
  const frames = Math.min(countFrames(sample.video_path, 1), sample.max_frames ?? Infinity);
  if (options.model === 'edge/distilled' && frames > DISTILLED_FRAMES)
    throw new Uncaught(
      `AssertionError: the distilled model makes ${DISTILLED_FRAMES} frames at most, got ${frames}`,
    );
  if (overlap >= size) throw new Uncaught('ZeroDivisionError: integer division or modulo by zero');
  for (const hint of hintsOf(sample))
    for (const path of [sample[hint].control_path, sample[hint].mask_path])
      if (path !== null && countFrames(path, frames) < frames)
        throw new Uncaught('ValueError: No input frames; cannot pad. Verify that video frame counts match.');
  const chunks = countChunks(frames, size, overlap);
  for (let chunk = 1; chunk <= chunks; chunk += 1) {
    program.log(`Generating chunk ${chunk}/${chunks}`, {source: INNER});
    program.log(`Seed: ${sample.seed + chunk - 1}`, {source: INNER});
    await program.reached('sample', item);
    await program.steps('Generating samples', sample.num_steps, nproc);
  }
  program.log('Average time per chunk: 188.00', {source: INNER});
  return frames;
}
