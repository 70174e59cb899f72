#!/usr/bin/env node
/**
 * A stand-in for `python …/prompt_upsampler.py --batch FILE --output-dir DIR --checkpoint-dir DIR`, which asks Pixtral inside of
 * Transfer1's image. The batch is a list of {name, prompt, video_path}. It ends with 0 also where items failed, and a video
 * that is not there is left out without a word: received.json says which frames were really seen.
 */
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {parse, text} from '../shared/argparse.mjs';
import {findMissing, readLaunch, startedAs} from '../shared/launch.mjs';
import {readInput} from '../shared/media.mjs';
import {Program} from '../shared/program.mjs';
import {loadJson, readText, Stop, Uncaught} from '../shared/python.mjs';

const NAME = 'prompt_upsampler.py';
const MODEL = join('nvidia', 'Cosmos-UpsamplePrompt1-12B-Transfer');
const MOST_PIXELS = 940 * 529;
const OPTIONS = {
  batch: {kind: 'text', value: null, isRequired: true},
  'output-dir': {kind: 'text', value: null, isRequired: true},
  'checkpoint-dir': text('checkpoints'),
};

const program = new Program({source: 'scripts/prompt_upsampler.py:120:main'});

async function main(started) {
  const launch = readLaunch(startedAs(), process.argv.slice(2));
  started(launch);
  const missing = findMissing(launch);
  if (missing !== undefined || basename(launch.script ?? '') !== NAME) {
    program.complain(missing ?? `this stand-in is no ${launch.script ?? launch.module}`);
    throw new Stop(2);
  }
  const options = parse(NAME, OPTIONS, launch.rest);
  const folder = options['output-dir'];
  await program.reached('start');
  const items = loadJson(readText(options.batch));
  if (!Array.isArray(items)) throw new Uncaught('TypeError: string indices must be integers');
  mkdirSync(folder, {recursive: true});
  program.note(folder, {options, items, seen: []});
  const model = join(options['checkpoint-dir'], MODEL);
  if (!existsSync(model))
    throw new Uncaught(`FileNotFoundError: [Errno 2] No such file or directory: '${model}'`);
  program.log('Initializing prompt upsampler...');
  await program.reached('load');
  const seen = [];
  const results = [];
  for (const [item, given] of items.entries()) {
    program.log(`Upsampling prompt ${item + 1}/${items.length}: ${String(given.prompt).slice(0, 50)}...`);
    await program.reached('sample', item);
    await program.pause();
    const looked = look(given);
    seen.push(looked);
    results.push(upsample(given, {looked, isFailed: program.shall('item', item)}));
    if (results.at(-1).success)
      writeFileSync(join(folder, `${given.name}_upsampled.json`), JSON.stringify(results.at(-1), null, 2));
    program.note(folder, {seen});
  }
  if (program.shall('no-output')) return;
  await program.reached('save');
  writeFileSync(join(folder, 'batch_results.json'), JSON.stringify(results, null, 2));
  const [only] = results;
  if (results.length === 1 && only.success)
    writeFileSync(join(folder, 'enhanced.txt'), `${only.upsampled_prompt}\n`);
  program.log(`Saved results to ${join(folder, 'batch_results.json')}`);
}

/** The first and the last frame are shown to the model; of a video that is not there, none. */
function look({name, video_path: path}) {
  if (!path || !existsSync(path)) return {name, path: path ?? null, frames: []};
  const video = readInput('video_path', path);
  const last = (video.frames ?? 1) - 1;
  return {name, path, ...video, frames: last > 0 ? [0, last] : [0]};
}

function upsample({name, prompt, video_path}, {looked, isFailed}) {
  const result = {name, original_prompt: prompt, video_path};
  const fail = (error) => ({...result, success: false, error});
  if (typeof name !== 'string') return fail("'name'");
  if (typeof prompt !== 'string') return fail("'prompt'");
  if (isFailed) return fail('CUDA out of memory.');
  if (looked.width * looked.height > MOST_PIXELS)
    return fail('Prompt length 4721 is longer than maximum model length 4096');
  const shown = looked.frames.length === 0 ? '' : ` Frames ${looked.frames.join(' and ')} were seen.`;
  return {...result, upsampled_prompt: `Enhanced: ${prompt}${shown}`, success: true};
}

await program.run(NAME, main);
