#!/usr/bin/env node
/**
 * A stand-in for `torchrun … -m cosmos_framework.scripts.inference` of Cosmos 3, for machines with Node and without a GPU: the
 * same words and specs by the same rules, the same lines, files of the same names with the input video as the result.
 * `received.json` beside the outputs says what it was given. It shares no code with what it tests.
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {startedAs} from '../shared/launch.mjs';
import {Program} from '../shared/program.mjs';
import {Stop, Uncaught} from '../shared/python.mjs';
import {checkSetup, expandFiles, MODULE, readArguments} from './arguments.mjs';
import {finish, generate} from './generate.mjs';
import {complete, hintsOf} from './rules.mjs';
import {loadSamples} from './samples.mjs';

const program = new Program({
  prefix: 'job=|',
  source: 'cosmos_framework/inference/inference.py:188:_generate_transfer',
  crashes: {
    checkpoint: {
      at: 'load',
      line: "FileNotFoundError: [Errno 2] No such file or directory: '/root/.cache/huggingface/hub/model-00001-of-00004.safetensors'",
    },
    nothing: {at: 'controls', line: 'RuntimeError: Failed to compute depth'},
  },
});

async function main(started) {
  const {launch, options, overrides} = readWords();
  started(launch);
  const folder = options['output-dir'] ?? undefined;
  program.note(folder, {nproc: launch.nproc, options, overrides});
  await program.reached('start');
  checkSetup(options);
  mkdirSync(folder, {recursive: true});
  program.logTo(folder, 'debug.log');
  program.log(`Console log saved to ${join(folder, 'console.log')}`);
  if (program.shall('spec'))
    throw new Uncaught(
      `ValueError: Error validating parameters from '${options['input-files'][0]}' at sample 0\nParameters: {}\n1 validation error for OmniSampleOverrides\n  Value error, transfer inference requires at least one control hint (edge, blur, depth, seg, wsm)`,
    );
  const loaded = loadSamples(expandFiles(options['input-files']), {overrides});
  program.log(`Loaded ${loaded.length} samples`);
  const noted = loaded.map((each) => ({...each, inputs: null}));
  program.note(folder, {samples: noted});
  checkTransfer(options, loaded);
  await program.reached('load');
  for (const [item, {sample}] of loaded.entries()) {
    const whole = build(sample, {folder, options});
    if (whole === undefined) continue;
    noted[item].sample = whole;
    noted[item].inputs = await generate(program, {sample: whole, folder, item, options});
    program.note(folder, {samples: noted});
  }
  if (!options.benchmark) return;
  writeFileSync(join(folder, 'benchmark.json'), '{}');
  program.log(`Saved benchmark to '${join(folder, 'benchmark.json')}'`, {level: 'SUCCESS'});
}

function readWords() {
  try {
    return readArguments(startedAs(), process.argv.slice(2));
  } catch (error) {
    if (error instanceof Stop) program.complain(error.said);
    throw error;
  }
}

/** What would end in a silence without an end is said here. */
function checkTransfer(options, loaded) {
  if (loaded.some(({sample}) => hintsOf(sample).length === 0)) {
    program.complain('stand-in: a sample without a control hint is no transfer, and this makes nothing else');
    throw new Stop(1);
  }
  if (options['parallelism-preset'] !== 'latency') {
    program.complain('stand-in: a transfer would hang without --parallelism-preset=latency');
    throw new Stop(1);
  }
  if (options['checkpoint-path'] === 'Cosmos3-Edge')
    throw new Uncaught('ValueError: transfer inference is not supported by Cosmos3-Edge');
}

/** undefined for a sample that is skipped. */
function build(sample, {folder, options}) {
  try {
    return complete(sample);
  } catch (error) {
    if (!options['skip-invalid-samples']) throw new Uncaught(`ValueError: ${error.message}`);
    const message = `Skipping sample '${sample.name}': ${error.message}`;
    program.log(message, {level: 'WARNING'});
    mkdirSync(join(folder, sample.name), {recursive: true});
    finish((name) => join(folder, sample.name, name), {args: sample, status: 'skip', message, files: []});
    return undefined;
  }
}

await program.run(MODULE, main);
