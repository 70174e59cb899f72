#!/usr/bin/env node
/**
 * A stand-in for `python examples/inference.py` and `examples/multiview.py` of cosmos-transfer2.5, and for the same under
 * torchrun, for machines with Node and without a GPU: the same words and specs by the same rules, the same lines, files of the
 * same names with the input video as the result. It goes by the name that it is started by: python or torchrun.
 * `received.json` beside the outputs says what it was given. It shares no code with what it tests.
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {startedAs} from '../shared/launch.mjs';
import {Program} from '../shared/program.mjs';
import {repr, Stop, Uncaught} from '../shared/python.mjs';
import {readArguments, SCRIPTS} from './arguments.mjs';
import {generate} from './generate.mjs';
import {makeMultiview} from './multiview-rules.mjs';
import {generateViews} from './multiview.mjs';
import {hintsOf, HINTS, makeSingle} from './rules.mjs';
import {loadSamples, Refused} from './samples.mjs';

const INNER = /^cosmos_transfer2\/_src\/(?!.*(?:checkpoint_db|trainer|callbacks?)\b)/;
const isVerbose = process.env.COSMOS_VERBOSE === '1';
const isSmoke = process.env.COSMOS_SMOKE === '1';
const program = new Program({
  source: 'cosmos_transfer2/inference.py:188:_generate_sample',
  isHidden: (source) => !isVerbose && INNER.test(source),
});

async function main(started) {
  const found = readWords();
  const {launch, kind, options, overrides} = found;
  started(launch);
  const folder = options['output-dir'];
  program.note(folder, {nproc: launch.nproc, kind, options, overrides});
  await program.reached('start');
  const validate =
    kind === 'single'
      ? makeSingle({isSmoke, isDistilled: options.model === 'edge/distilled'})
      : makeMultiview({isSmoke});
  const loaded = load(options['input-files'], {overrides, validate});
  mkdirSync(folder, {recursive: true});
  program.logTo(folder, 'debug.log');
  program.log(`Log saved to ${join(folder, 'console.log')}`, {
    source: 'cosmos_oss/init.py:121:init_output_dir',
  });
  const samples = isSmoke ? loaded.slice(0, 1) : loaded;
  const noted = loaded.map((each) => ({...each, inputs: null}));
  program.note(folder, {samples: noted});
  await program.reached('load');
  announce({kind, options, folder, loaded, samples});
  const act = kind === 'single' ? generate : generateViews;
  for (const [item, {sample}] of samples.entries()) {
    program.log(`[${item + 1}/${samples.length}] Processing sample ${sample.name}`);
    noted[item].inputs = await act(program, {sample, folder, item, options, nproc: launch.nproc});
    program.note(folder, {samples: noted});
  }
  if (options.benchmark) {
    program.log('BENCHMARK RESULTS');
    program.log('generate_img2world: 188.00 seconds');
  }
  if (options.profile) writeFileSync(join(folder, 'profile.pyisession'), '{}');
}

function readWords() {
  try {
    return readArguments(startedAs(), process.argv.slice(2));
  } catch (error) {
    if (error instanceof Stop) program.complain(error.said);
    throw error;
  }
}

function load(files, how) {
  try {
    if (program.shall('spec'))
      throw new Refused(
        `Error validating parameters from '${files[0]}' at line 0\n1 validation error for InferenceArguments\n  Value error, No controls provided, please provide at least one control key (edge, blur, depth, seg)`,
      );
    return loadSamples(files, how);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    program.complain(error.message);
    throw new Stop(1);
  }
}

function announce({kind, options, folder, loaded, samples}) {
  if (kind === 'single') {
    const keys = HINTS.filter((hint) => loaded.some(({sample}) => hintsOf(sample).includes(hint)));
    if (options.model === 'edge/distilled' && keys.some((key) => key !== 'edge'))
      throw new Uncaught(
        `KeyError: ModelKey(variant='${keys.find((key) => key !== 'edge')}', distilled=True)`,
      );
    program.log(`Found ${keys.length} hint keys across all samples`);
    if (keys.length > 1)
      program.log(
        'Loading the multicontrol model. Multicontrol inference is not strictly equal to single control',
        {
          level: 'WARNING',
        },
      );
  }
  writeFileSync(join(folder, 'config.yaml'), 'model: stand-in\n');
  program.log(`Saved config to ${join(folder, 'config.yaml')}`);
  program.log(`Generating ${samples.length} samples: ${repr(samples.map(({sample}) => sample.name))}`);
}

await program.run(SCRIPTS.single, main);
