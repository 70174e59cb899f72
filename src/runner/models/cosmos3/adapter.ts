/**
 * Transfers with NVIDIA Cosmos 3, one sample for each run, or several for one load of the model: a spec becomes a torchrun
 * command in the target's checkout of cosmos-framework. Checkpoints come by themselves from Hugging Face. The model has a
 * control more than scenes have passes (wsm), and calls vis blur.
 */
import {textOf} from '../../json.ts';
import type {JobPlan, Model, NormalRequest, RunRequest} from '../../model.ts';
import {checkExpectedOutputs} from '../../outputs-check.ts';
import {isScene} from '../../source.ts';
import {classifyCosmos} from '../nvidia/classify.ts';
import type {FamilyFailures} from '../nvidia/failures.ts';
import {parseRecord} from '../nvidia/log.ts';
import {readOptions, torchrunWords} from '../nvidia/options.ts';
import {logsNamed, made} from '../nvidia/outputs.ts';
import {shareSamples} from '../nvidia/sample-sharing.ts';
import {
  controlsOf,
  normaliseSample,
  type FileMember,
  type SampleControl,
  type SampleFamily,
} from '../nvidia/sample.ts';
import {COSMOS3} from './parameters.ts';
import {readProgress} from './progress.ts';
import {look} from './rules.ts';

const TITLE = 'Cosmos 3';
const MODULE = 'cosmos_framework.scripts.inference';
const PROGRAM = 'cosmos_framework/scripts/inference.py';

const CONTROLS: readonly SampleControl[] = [
  {key: 'blur', pass: 'vis', isComputed: true},
  {key: 'edge', pass: 'edge', isComputed: true},
  {key: 'depth', pass: 'depth', isComputed: false},
  {key: 'seg', pass: 'seg', isComputed: false},
  {key: 'wsm', pass: null, isComputed: false},
];

const FILES: readonly FileMember[] = [
  {at: 'vision_path', role: 'color', stem: 'color', isVideo: true},
  {at: 'prompt_path', role: 'prompt', stem: 'prompt', isVideo: false},
  {at: 'negative_prompt_file', role: 'negative-prompt', stem: 'negative_prompt', isVideo: false},
  {at: 'defaults_file', role: 'defaults', stem: 'defaults', isVideo: false},
  ...CONTROLS.map(({key}): FileMember => ({
    at: `${key}.control_path`,
    role: key,
    stem: key === 'seg' ? 'segmentation' : key,
    isVideo: true,
  })),
];

const FAMILY: SampleFamily = {
  title: TITLE,
  family: 'cosmos3',
  adapterVersion: 1,
  table: COSMOS3,
  controls: CONTROLS,
  weight: 'weight',
  noMaps: `${TITLE} has one weight for the whole video of a control and takes neither maps nor masks`,
  video: 'vision_path',
  files: FILES,
  loadValidator: () => import('../validators/cosmos3.gen.ts'),
  look,
};

const FAILURES: FamilyFailures = {
  'gpu.oom': {
    advice:
      'Nano needs 32 GB of free GPU memory and Super 128 GB: free the GPU, take --set checkpoint=Cosmos3-Nano, a lower --resolution, or more GPUs.',
  },
  'spec.invalid': {message: 'Cosmos 3 refused the spec or the command line.'},
  'control.missing': {
    advice: 'Cosmos 3 computes edge and blur only; render depth and segmentation, and add them to the scene.',
  },
  'checkpoint.missing': {
    advice:
      'Checkpoints come by themselves from Hugging Face: set HF_TOKEN where you start cosmos, and look at the space of "hfCache" of the target.',
  },
};

export const cosmos3: Model = {
  table: COSMOS3,
  specHint:
    'A transfer of Cosmos 3 looks like {"name": "shot", "prompt": "…", "vision_path": "color.mp4", "edge": {"weight": 1.0}}; a scene is a folder with color.mp4.',
  normalise: (request) => normaliseSample(FAMILY, withFrameRate(withOwnNames(request))),
  plan,
  readProgress,
  checkOutputs: checkExpectedOutputs,
  classify: (end) => classifyCosmos(end, {title: TITLE, failures: FAILURES}),
  remarkOn,
  sharing: shareSamples({
    keyOf,
    separators: ['/'],
    common: [],
    begins: /^Saved sample args to '.*\/([^/]+)\/sample_args\.json'$/,
    ends: /^Saved transfer outputs to '.*\/([^/]+)\/sample_outputs\.json'$/,
    // Else a sample that fails ends all.
    words: ['--keep-going'],
  }),
};

/**
 * A sample that gives several results has more files than one that shares can name; of several GPUs nobody knows what a failed
 * sample leaves.
 */
function keyOf({makeSpec, parameters}: NormalRequest): string | undefined {
  const options = readOptions(COSMOS3, parameters, []);
  const {num_outputs: results = 1} = makeSpec('');
  return options['num_gpus'] === 1 && results === 1 ? JSON.stringify(options) : undefined;
}

/** Without its models the guardrail takes everything for safe. */
function remarkOn(line: string): string | undefined {
  const {level, message} = parseRecord(line) ?? {};
  return level === 'WARNING' && /^No safety models found/.test(message ?? '')
    ? 'The guardrail looked at nothing: its models are not on the target, and Cosmos 3 takes everything for safe then.'
    : undefined;
}

/** People and other models say vis. */
function withOwnNames(request: RunRequest): RunRequest {
  const {vis, ...weights} = request.weights;
  return vis === undefined ? request : {...request, weights: {...weights, blur: weights['blur'] ?? vis}};
}

/** The result of a scene plays at the speed of the scene. */
function withFrameRate(request: RunRequest): RunRequest {
  const {source, flags, set, base} = request;
  const media = isScene(source) ? source.scene.passes.color?.media : undefined;
  const isSaid = flags.fps !== undefined || set['fps'] !== undefined || base?.['fps'] !== undefined;
  return media === undefined || isSaid ? request : {...request, base: {...base, fps: Math.round(media.fps)}};
}

function plan(normal: NormalRequest): JobPlan {
  const spec = normal.makeSpec('inputs');
  const options = readOptions(COSMOS3, normal.parameters, []);
  const name = textOf(spec['name']) ?? 'output';
  return {
    argv: commandOf(options),
    environment: ['HF_TOKEN'],
    outputs: outputsOf(name, spec),
    primaryOutput: `${name}/vision.mp4`,
    timeoutMs: null,
    image: null,
    workdir: '{checkout}',
    variables: {PYTHONPATH: '{checkout}', HF_HOME: '{hfCache?}'},
    mounts: [],
    needs: ['checkout', 'gpu'],
    requires: [`{checkout}/${PROGRAM}`],
    gpus: Number(options['num_gpus']),
  };
}

/** Transfers hang with the other preset. */
function commandOf(options: Record<string, unknown>): JobPlan['argv'] {
  const {checkpoint, offload_guardrail_models: isOffloaded, no_diffusion_cache: isExact} = options;
  return [
    ...torchrunWords(options, '-'),
    ...['-m', MODULE],
    '--parallelism-preset=latency',
    ...['-i', '{spec}'],
    ...['-o', '{outputs}'],
    ...['--checkpoint-path', String(checkpoint)],
    ...(isOffloaded === true ? ['--offload-guardrail-models'] : []),
    ...(isExact === true ? ['--no-diffusion-cache'] : []),
  ];
}

function outputsOf(name: string, spec: Record<string, unknown>): JobPlan['outputs'] {
  return [
    made(`${name}/vision.mp4`, 'output', 'video/mp4'),
    made(`${name}/sample_args.json`, 'spec', 'application/json'),
    made(`${name}/sample_outputs.json`, 'extra', 'application/json'),
    ...controlsOf(FAMILY, spec).map(({key}) => made(`${name}/control_${key}.mp4`, 'control', 'video/mp4')),
    ...logsNamed('console.log', 'debug.log'),
  ];
}
