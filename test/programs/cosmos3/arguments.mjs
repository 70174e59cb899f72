/** The command line of cosmos_framework.scripts.inference. */
import {existsSync, readdirSync} from 'node:fs';
import {basename, dirname, join, resolve} from 'node:path';
import {findMissing, readLaunch} from '../shared/launch.mjs';
import {Stop, Uncaught} from '../shared/python.mjs';
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

export const MODULE = 'cosmos_framework.scripts.inference';
export const NAMES = ['Cosmos3-Nano', 'Cosmos3-Super', 'Cosmos3-Edge'];

const SETUP = {
  'input-files': required(words(), '-i'),
  'output-dir': {...word(), alias: '-o'},
  'checkpoint-path': required(word()),
  'config-file': word(''),
  'parallelism-preset': choice(['throughput', 'latency']),
  'dp-replicate-size': int(1),
  'dp-shard-size': int(1),
  'cp-size': int(1),
  'cfgp-size': int(1),
  sampler: choice(['unipc', 'edm'], 'unipc'),
  guardrails: flag(true),
  'offload-guardrail-models': flag(),
  'keep-going': flag(),
  'skip-invalid-samples': flag(),
  debug: flag(),
  profile: flag(),
  benchmark: flag(),
  warmup: int(0),
  'num-iterations': int(1),
  'max-model-len': int(),
  'max-num-seqs': int(1),
  'diffusion-cache': flag(true),
  'use-torch-compile': flag(true),
  'use-cuda-graphs': flag(),
  quantization: choice(['mxfp8', 'nvfp4']),
};

/** Members of a spec that may also be said once for all samples. */
const SAMPLE = {
  prompt: word(),
  'prompt-path': word(),
  'negative-prompt': word(),
  'negative-prompt-file': word(),
  'vision-path': word(),
  resolution: word(),
  'aspect-ratio': word(),
  'model-mode': word(),
  fps: int(),
  'num-frames': int(),
  'num-steps': int(),
  guidance: float(),
  'control-guidance': float(),
  shift: float(),
  'sigma-max': float(),
  seed: int(),
  'num-outputs': int(),
  'max-frames': int(),
  'num-video-frames-per-chunk': int(),
  'num-conditional-frames': int(),
  'num-first-chunk-conditional-frames': int(),
  'show-control-condition': maybeBool(),
  'show-input': maybeBool(),
  'share-vision-temporal-positions': maybeBool(),
  'emphasize-control-in-prompt': maybeBool(),
  'defaults-file': word(),
};

const PATHS = ['prompt_path', 'vision_path', 'defaults_file'];

export function readArguments(name, given, cwd = process.cwd()) {
  const launch = readLaunch(name, given);
  const missing = findMissing(launch, cwd);
  if (missing !== undefined || launch.module !== MODULE)
    throw Object.assign(new Stop(1), {
      said: missing ?? `this stand-in is no ${launch.module ?? launch.script}: it takes -m ${MODULE}`,
    });
  const options = parse('inference.py', {...SETUP, ...SAMPLE}, launch.rest);
  const names = Object.keys(SAMPLE).map((each) => each.replaceAll('-', '_'));
  const overrides = overridesOf(options, names);
  for (const key of PATHS) if (overrides[key] !== undefined) overrides[key] = resolve(cwd, overrides[key]);
  return {launch, options, overrides};
}

/** @throws Uncaught as build_setup does */
export function checkSetup(options, cwd = process.cwd()) {
  if (options['output-dir'] === null) throw new Uncaught("ValueError: 'output_dir' is required");
  for (const [name, from, to] of [
    ['cp-size', 0, 32],
    ['cfgp-size', 0, 2],
  ])
    if (options[name] < from || options[name] > to)
      throw new Uncaught(
        `pydantic_core._pydantic_core.ValidationError: 1 validation error for SetupOverrides\n${name.replace('-', '_')}\n  Input should be less than or equal to ${to}`,
      );
  const path = options['checkpoint-path'];
  if (NAMES.includes(path) || path.startsWith('s3://')) return;
  const folder = resolve(cwd, path);
  if (!existsSync(folder)) throw new Uncaught(`ValueError: Checkpoint directory does not exist: ${folder}`);
  const files = readdirSync(folder);
  const isKnown = files.some((file) => /\.safetensors(?:\.index\.json)?$|\.distcp$/.test(file));
  if (!isKnown) throw new Uncaught(`ValueError: Unknown checkpoint type: ${folder}`);
  if (!files.includes('config.json') && !files.includes('.metadata'))
    throw new Uncaught(`ValueError: Invalid Hugging Face checkpoint: ${folder}`);
}

/** Spec files may be patterns; only the last part of a path may be one here. */
export function expandFiles(patterns, cwd = process.cwd()) {
  return patterns.flatMap((pattern) => {
    if (!/[*?[]/.test(pattern)) return [pattern];
    const rule = basename(pattern)
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    const folder = dirname(pattern);
    return readdirSync(resolve(cwd, folder))
      .filter((file) => new RegExp(`^${rule}$`).test(file))
      .sort()
      .map((file) => join(folder, file));
  });
}
