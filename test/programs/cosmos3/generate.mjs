/** One transfer of Cosmos 3: the files and lines of cosmos_framework/inference. */
import {copyFileSync, existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {basename, extname, join, resolve} from 'node:path';
import {countChunks, countFrames, readInput} from '../shared/media.mjs';
import {loadJson, readText, Uncaught} from '../shared/python.mjs';
import {COMPUTED, hintsOf} from './rules.mjs';

const TRANSFER = 'cosmos_framework/inference/transfer.py:118:load_transfer_control_frames';
/** Negative prompts that lie in the package; a path that leads nowhere is looked for among them by its name. */
const SHIPPED = ['negative_prompt.json'];
const LATEST_SEED = 2 ** 32 - 1;

/** What can be caught with --keep-going. */
export class SampleError extends Error {}

/** @returns {Promise<object[]>} the files that were read */
export async function generate(program, {sample, folder, item, options}) {
  const own = join(folder, sample.name);
  const at = (name) => join(own, name);
  mkdirSync(own, {recursive: true});
  writeFileSync(at('sample_args.json'), JSON.stringify(sample, null, 2));
  program.log(`Saved sample args to '${at('sample_args.json')}'`);
  const inputs = [];
  try {
    guard(program, {item, options});
    const {prompt, negative} = readPrompts(sample, inputs);
    const {video, frames} = await control(program, {sample, inputs, item, prompt});
    await sampleChunks(program, {sample, frames, item, options});
    if (program.shall('guardrail-video', item)) throw new SampleError('Guardrail blocked video');
    await save(program, {sample, at, video, frames, item});
    finish(at, {
      args: {...sample, negative_prompt: negative},
      status: 'success',
      files: [frames === 1 ? 'vision.jpg' : 'vision.mp4'],
    });
  } catch (error) {
    if (!(error instanceof SampleError)) throw error;
    program.log(`Error generating sample '${sample.name}': ${error.message}`, {level: 'ERROR'});
    if (!options['keep-going']) throw new Uncaught(`RuntimeError: ${error.message}`);
    finish(at, {args: sample, status: 'error', message: error.message, files: []});
    return inputs;
  }
  program.log(`Saved transfer outputs to '${at('sample_outputs.json')}'`, {level: 'SUCCESS'});
  return inputs;
}

/** A transfer does not ask the guardrail by itself; these are for programs that meet one. */
function guard(program, {item, options}) {
  if (program.shall('fail-open', item) && options.guardrails)
    program.log('No safety models found, returning safe', {level: 'WARNING'});
  if (!program.shall('guardrail', item)) return;
  program.log('GUARDRAIL BLOCKED: Prompt blocked by Qwen3Guard. Safety: Unsafe, Categories: [Violent]', {
    level: 'CRITICAL',
  });
  throw new SampleError("Guardrail blocked prompt 'a lifeless street'");
}

function readPrompts(sample, inputs) {
  const {prompt_path: path, negative_prompt_file: negativePath} = sample;
  let {prompt, negative_prompt: negative = null} = sample;
  if (prompt === undefined && path !== undefined) {
    inputs.push(readInput('prompt_path', path));
    const text = readText(path);
    prompt = extname(path).toLowerCase() === '.json' ? JSON.stringify(loadJson(text)) : text.trim();
  }
  if (negative === null && negativePath !== undefined) {
    if (existsSync(resolve(negativePath))) {
      inputs.push(readInput('negative_prompt_file', resolve(negativePath)));
      negative = JSON.stringify(loadJson(readText(negativePath)));
    } else if (SHIPPED.includes(basename(negativePath))) {
      inputs.push({key: 'negative_prompt_file', path: negativePath, isShipped: true});
    } else {
      throw new Uncaught(`FileNotFoundError: Missing negative prompt file: ${negativePath}`);
    }
  }
  return {prompt: prompt ?? '', negative};
}

/** Opens the video and every control. From here on to the end of sampling nothing is caught, whatever --keep-going says. */
async function control(program, {sample, inputs, item, prompt}) {
  const hints = hintsOf(sample);
  const {vision_path: vision} = sample;
  for (const path of [vision, ...hints.map((hint) => sample[hint].control_path)])
    if (/^(?:https?|s3):\/\//.test(path ?? ''))
      throw new Uncaught(`RuntimeError: Failed to download ${path} after 6 attempt(s)`);
  if (vision !== undefined) inputs.push(readInput('vision_path', vision));
  if (sample.num_first_chunk_conditional_frames > 0 && vision === undefined)
    throw new Uncaught(
      "ValueError: num_first_chunk_conditional_frames > 0 requires 'vision_path' for first-chunk conditioning",
    );
  await program.reached('controls', item);
  for (const hint of hints) {
    const path = sample[hint].control_path;
    if (path) {
      inputs.push(readInput(`${hint}.control_path`, path));
      program.log(`Loaded pre-computed ${hint} control from ${path}`, {source: TRANSFER});
    } else if (COMPUTED.includes(hint)) {
      program.log(`Computing ${hint} control input on the fly`, {source: TRANSFER});
    } else {
      throw new Uncaught(
        `FileNotFoundError: Missing pre-computed control input for '${hint}'. Provide a control_path in the transfer config.`,
      );
    }
  }
  const emphasis = sample.emphasize_control_in_prompt
    ? ` Follow the ${hints.join(', ')} control video precisely`
    : '';
  program.log(`[transfer] final user prompt: ${prompt}${emphasis}`, {source: TRANSFER});
  const first = sample[hints[0]].control_path ?? vision;
  return {video: vision ?? first, frames: Math.min(countFrames(first, 1), sample.max_frames)};
}

async function sampleChunks(program, {sample, frames, item, options}) {
  const weights = hintsOf(sample).map((hint) => sample[hint].weight);
  if (weights.some((weight) => weight < 0))
    throw new Uncaught(
      `AssertionError: control_weights must all be non-negative, got [${weights.join(', ')}]`,
    );
  if (weights.every((weight) => weight === 0))
    throw new Uncaught(
      `AssertionError: control_weights must have a positive sum, got [${weights.join(', ')}]`,
    );
  if (sample.seed !== undefined && (sample.seed < 0 || sample.seed > LATEST_SEED))
    throw new Uncaught('ValueError: Seed must be between 0 and 2**32 - 1');
  const wanted = frames === 1 ? 1 : sample.num_video_frames_per_chunk;
  const size = Math.ceil((wanted - 1) / 4) * 4 + 1;
  if (frames > size && size <= sample.num_conditional_frames)
    throw new Uncaught('ValueError: num_conditional_frames must be smaller than num_video_frames_per_chunk');
  const isQuiet = process.env.DISABLE_TQDM === '1' || options.benchmark;
  const chunks = countChunks(frames, size, sample.num_conditional_frames);
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    await program.reached('sample', item);
    if (isQuiet) await program.pause();
    else await program.steps('Sampling', sample.num_steps);
  }
}

async function save(program, {sample, at, video, frames, item}) {
  const ending = frames === 1 ? 'jpg' : 'mp4';
  for (const hint of hintsOf(sample)) {
    copyFileSync(sample[hint].control_path ?? video, at(`control_${hint}.${ending}`));
    program.log(`Saved control video to '${at(`control_${hint}.${ending}`)}'`);
  }
  await program.save(video, at(`vision.${ending}`), item);
}

export function finish(at, {args, status, message = null, files}) {
  const outputs = files.length > 0 ? [{content: {}, files}] : [];
  writeFileSync(
    at('sample_outputs.json'),
    JSON.stringify({args, status, message, stack_trace: null, outputs}, null, 2),
  );
}
