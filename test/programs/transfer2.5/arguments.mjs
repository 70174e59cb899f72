/** The command lines of examples/inference.py and examples/multiview.py of cosmos-transfer2.5. */
import {existsSync} from 'node:fs';
import {readLaunch, findMissing} from '../shared/launch.mjs';
import {Fault, Invalid} from '../shared/pydantic.mjs';
import {Stop} from '../shared/python.mjs';
import {
  choice,
  flag,
  float,
  int,
  maybeBool,
  overridesOf,
  parse,
  required,
  word,
  words,
} from '../shared/tyro.mjs';

export const SCRIPTS = {single: 'examples/inference.py', multiview: 'examples/multiview.py'};

const isSet = (name) => process.env[name] === '1';

function setup(models, model) {
  return {
    'input-files': required(words(), '-i'),
    'output-dir': required(word(), '-o'),
    model: choice(models, model),
    'checkpoint-path': word(),
    experiment: word(),
    'config-file': word(''),
    'context-parallel-size': int(),
    'disable-guardrails': flag(isSet('COSMOS_SMOKE')),
    'offload-guardrail-models': flag(),
    'keep-going': flag(true),
    profile: flag(),
    benchmark: flag(),
    'compile-tokenizer': choice(['none', 'moderate', 'aggressive'], 'none'),
    'enable-parallel-tokenizer': flag(),
    'parallel-tokenizer-grid': {kind: 'pair', value: [-1, -1]},
  };
}

/** Every member of a spec but the name and the controls. */
const SINGLE = {
  'prompt-path': word(),
  prompt: word(),
  'negative-prompt': word(),
  seed: int(),
  guidance: int(),
  'video-path': word(),
  'max-frames': int(),
  'context-frame-index': int(),
  'image-context-path': word(),
  'num-conditional-frames': choice(['None', '0', '1', '2']),
  resolution: word(),
  'sigma-max': word(),
  'num-video-frames-per-chunk': int(),
  'num-steps': int(),
  'show-control-condition': maybeBool(),
  'show-input': maybeBool(),
  'keep-input-resolution': maybeBool(),
  'guided-generation-mask': word(),
  'guided-generation-step-threshold': int(),
};

const MULTIVIEW = {
  'prompt-path': word(),
  prompt: word(),
  'negative-prompt': word(),
  seed: int(),
  guidance: int(),
  'num-conditional-frames': int(),
  'control-weight': float(),
  fps: int(),
  'num-steps': int(),
  'enable-autoregressive': maybeBool(),
  'num-chunks': int(),
  'chunk-overlap': int(),
  'save-combined-views': maybeBool(),
};

/**
 * @param {string} name that the program was started by
 * @returns {{launch: object, kind: 'single' | 'multiview', options: object, overrides: object}}
 */
export function readArguments(name, given) {
  const launch = readLaunch(name, given);
  const missing = findMissing(launch);
  const kind = Object.keys(SCRIPTS).find((each) => SCRIPTS[each] === launch.script);
  if (missing !== undefined || kind === undefined)
    throw Object.assign(new Stop(2), {
      said: missing ?? `this stand-in is no ${launch.script ?? launch.module}`,
    });
  const own = kind === 'single' ? SINGLE : MULTIVIEW;
  const options = parse(SCRIPTS[kind].split('/')[1], {...setupOf(kind), ...own}, launch.rest);
  const names = Object.keys(own).map((each) => each.replaceAll('-', '_'));
  const overrides = overridesOf(options, names);
  if (typeof overrides.num_conditional_frames === 'string')
    overrides.num_conditional_frames = Number(overrides.num_conditional_frames);
  checkSetup(options);
  return {launch, kind, options, overrides};
}

function setupOf(kind) {
  if (kind === 'multiview') return setup(['auto/multiview'], 'auto/multiview');
  const distilled = isSet('COSMOS_EXPERIMENTAL_CHECKPOINTS') ? ['edge/distilled'] : [];
  return setup(['depth', 'edge', 'seg', 'vis', ...distilled], 'edge');
}

/** What pydantic says of the setup. */
function checkSetup(options) {
  const path = options['checkpoint-path'];
  if (path !== null && !path.startsWith('s3://') && !existsSync(path))
    throw setupError(
      'checkpoint_path',
      new Fault('value_error', `Value error, Checkpoint path '${path}' does not exist.`),
      path,
    );
  const size = options['context-parallel-size'];
  if (size !== null && size < 1)
    throw setupError(
      'context_parallel_size',
      new Fault('greater_than', 'Input should be greater than 0'),
      size,
    );
}

function setupError(name, {type, message}, input) {
  return new Invalid('SetupArguments', [{loc: [name], type, message, input}]);
}
