#!/usr/bin/env node
/**
 * A stand-in for `python examples/inference.py` of cosmos-transfer2.5, and for the same under torchrun, for machines without a
 * GPU: the same words and specs by the same rules, the same lines, files of the same names with the input video as the result.
 * `received.json` beside them says what it was given. It shares no code with what it tests.
 */
import {appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {countFrames, Program, readInput, readWords, run, splitTorchrun, Stop} from '../shared/stand-in.mjs';
import {hintsOf, validate} from './rules.mjs';

const SCRIPT = 'examples/inference.py';
const isVerbose = process.env.COSMOS_VERBOSE === '1';
const program = new Program('cosmos_transfer2/inference.py', {isVerbose});

function readArguments() {
  const isTorchrun = basename(process.argv[1] ?? '').startsWith('torchrun');
  const {nproc, rest} = isTorchrun
    ? splitTorchrun(process.argv.slice(2))
    : {nproc: 1, rest: process.argv.slice(2)};
  const [script, ...words] = rest;
  if (script !== SCRIPT || !existsSync(script)) {
    program.complain(
      `python: can't open file '${join(process.cwd(), script ?? '')}': [Errno 2] No such file or directory`,
    );
    throw new Stop(2);
  }
  const options = readWords(
    words,
    {
      repeated: ['-i', '--input-files'],
      values: ['-o', '--output-dir', '--model', '--seed', '--guidance', '--num-steps', '--resolution'],
      switches: ['--disable-guardrails', '--offload-guardrail-models', '--benchmark'],
    },
    (word) => {
      program.complain(`Unrecognized options: ${word}`);
      throw new Stop(2);
    },
  );
  return {
    nproc,
    options,
    files: options['-i'] ?? options['--input-files'] ?? [],
    folder: options['-o'] ?? options['--output-dir'],
  };
}

function loadSamples(files) {
  if (files.length === 0) refuse('Error: No inference parameter files');
  const samples = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const raws = file.endsWith('.jsonl') ? text.trimEnd().split('\n').map(parse) : [parse(text)];
    return raws.map((raw, index) => {
      const {sample, errors} = validate(raw, file);
      if (errors.length > 0)
        refuse(`Error validating parameters from '${file}' at line ${index + 1}`, ...errors);
      return {raw, sample};
    });
  });
  const names = samples.map(({sample}) => sample.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) refuse(`Error: Inference samplename ${twice} is not unique`);
  return samples;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    return program.raise(`json.decoder.JSONDecodeError: ${error.message}`);
  }
}

function refuse(...lines) {
  program.complain(...lines);
  throw new Stop(1);
}

async function generate({sample}, folder, place) {
  const {name} = sample;
  program.log(`[${place}] Processing sample ${name}`);
  const made = (ending) => join(folder, `${name}${ending}`);
  writeFileSync(made('.json'), JSON.stringify(sample, null, 2));
  program.log(`Saved arguments to ${made('.json')}`);
  program.log('Running guardrail check on prompt...');
  if (program.mode === 'guardrail') {
    program.log(
      'GUARDRAIL BLOCKED: Prompt blocked by censorship: exact match blocklist: Prompt: a lifeless street, Exact Match Word: lifeless',
      'CRITICAL',
      true,
    );
    program.log('Guardrail blocked generation. Prompt: a lifeless street', 'CRITICAL');
    return undefined;
  }
  if (program.mode === 'guardrail-silent') return undefined;
  program.log('Passed guardrail on prompt', 'SUCCESS');
  const inputs = [readInput('video_path', sample.video_path)];
  for (const hint of hintsOf(sample))
    for (const key of ['control_path', 'mask_path'])
      if (sample[hint][key]) inputs.push(readInput(`${hint}.${key}`, sample[hint][key]));
  if (sample.prompt_path) inputs.push(readInput('prompt_path', sample.prompt_path));
  program.log(`Processing the following paths: ${JSON.stringify(inputs.map(({path}) => path))}`);
  await program.reached('controls');
  const frames = Math.min(countFrames(sample.video_path), sample.max_frames ?? Infinity);
  const chunks = Math.max(1, Math.ceil((frames - 1) / (sample.num_video_frames_per_chunk - 1)));
  for (let chunk = 1; chunk <= chunks; chunk += 1) {
    program.log(`Generating chunk ${chunk}/${chunks}`, 'INFO', true);
    await program.reached('sample');
    await program.steps('Generating samples', sample.num_steps);
  }
  for (const hint of hintsOf(sample)) {
    const file = made(`_control_${hint}.mp4`);
    copyFileSync(sample[hint].control_path ?? sample.video_path, file);
    program.log(`${hint} control video saved to ${file}`);
  }
  program.log('Running guardrail check on video...');
  if (program.mode === 'guardrail-video') return inputs;
  program.log('Passed guardrail on generated video', 'SUCCESS');
  await program.reached('save');
  writeFileSync(made('.txt'), sample.prompt ?? readFileSync(sample.prompt_path, 'utf8'));
  if (program.mode === 'no-output') return inputs;
  if (program.mode === 'truncated')
    writeFileSync(made('.mp4'), readFileSync(sample.video_path).subarray(0, 100));
  else copyFileSync(sample.video_path, made('.mp4'));
  program.log(`Generated video saved to ${made('.mp4')}`, 'SUCCESS');
  return inputs;
}

await run(async () => {
  await program.reached('start');
  const {nproc, options, files, folder} = readArguments();
  const samples = loadSamples(files);
  mkdirSync(folder, {recursive: true});
  for (const [name, takesInner] of [
    ['console.log', false],
    ['debug.log', true],
  ]) {
    appendFileSync(join(folder, name), '');
    program.files.push({path: join(folder, name), takesInner});
  }
  program.log(`Log saved to ${join(folder, 'console.log')}`);
  program.log(
    `Found ${new Set(samples.flatMap(({sample}) => hintsOf(sample))).size} hint keys across all samples`,
  );
  await program.reached('load');
  writeFileSync(join(folder, 'config.yaml'), 'model: stand-in\n');
  program.log(`Saved config to ${join(folder, 'config.yaml')}`);
  program.log(
    `Generating ${samples.length} samples: ${JSON.stringify(samples.map(({sample}) => sample.name))}`,
  );
  const received = [];
  for (const [index, each] of samples.entries()) {
    const inputs = await generate(each, folder, `${index + 1}/${samples.length}`);
    received.push({raw: each.raw, sample: each.sample, inputs});
  }
  const {HF_HOME = null, HF_TOKEN, COSMOS_EXPERIMENTAL_CHECKPOINTS: experimental = null} = process.env;
  const environment = {HF_HOME, hasToken: HF_TOKEN !== undefined, experimental};
  const facts = {
    argv: process.argv.slice(2),
    cwd: process.cwd(),
    nproc,
    options,
    samples: received,
    environment,
  };
  writeFileSync(join(folder, 'received.json'), JSON.stringify(facts, null, 2));
});
