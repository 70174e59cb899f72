/**
 * NVIDIA Cosmos-Transfer2.5, one sample for each run, or several for one load of the model: a spec becomes a command in the
 * target's checkout of cosmos-transfer2.5. Checkpoints come by themselves from Hugging Face. A sample that the guardrail blocks
 * ends with exit code 0 and without a video; that is a failed run.
 */
import {textOf} from '../../json.ts';
import type {JobEnd, JobPlan, Model, NormalRequest} from '../../model.ts';
import {checkExpectedOutputs} from '../../outputs-check.ts';
import {isScene, type RunSource} from '../../source.ts';
import {classifyCosmos} from '../nvidia/classify.ts';
import {readOptions, torchrunWords} from '../nvidia/options.ts';
import {logsNamed, made} from '../nvidia/outputs.ts';
import {shareSamples} from '../nvidia/sample-sharing.ts';
import {
  normaliseSample,
  controlsOf,
  type FileMember,
  type SampleControl,
  type SampleFamily,
} from '../nvidia/sample.ts';
import {FAILURES, findSilentBlock} from './failures.ts';
import {isMultiview, MULTIVIEW_FAMILY, planMultiview} from './multiview.ts';
import {TRANSFER25} from './parameters.ts';
import {readProgress} from './progress.ts';
import {look} from './rules.ts';

const TITLE = 'Transfer2.5';
const PROGRAM = 'examples/inference.py';

const CONTROLS: readonly SampleControl[] = (['vis', 'edge', 'depth', 'seg'] as const).map((key) => ({
  key,
  pass: key,
  isComputed: true,
}));

const FILES: readonly FileMember[] = [
  {at: 'video_path', role: 'color', stem: 'color', isVideo: true},
  {at: 'prompt_path', role: 'prompt', stem: 'prompt', isVideo: false},
  {at: 'image_context_path', role: 'style', stem: 'style', isVideo: false},
  {at: 'guided_generation_mask', role: 'mask', stem: 'mask', isVideo: false},
  ...CONTROLS.flatMap(({key}): FileMember[] => [
    {at: `${key}.control_path`, role: key, stem: key === 'seg' ? 'segmentation' : key, isVideo: true},
    {at: `${key}.mask_path`, role: `${key}-mask`, stem: `${key}-mask`, isVideo: false},
  ]),
];

const FAMILY: SampleFamily = {
  title: TITLE,
  family: 'transfer2.5',
  adapterVersion: 1,
  table: TRANSFER25,
  controls: CONTROLS,
  weight: 'control_weight',
  noMaps: `${TITLE} reads no maps of weights; name a mask in the spec ("mask_path": a video, white where the control counts), or give --set CONTROL.mask_prompt`,
  video: 'video_path',
  files: FILES,
  loadValidator: () => import('../validators/transfer2.5.gen.ts'),
  look,
};

const LOGS = ['config.yaml', 'console.log', 'debug.log'];

export const transfer25: Model = {
  table: TRANSFER25,
  specHint:
    'A spec of Transfer2.5 looks like {"name": "shot", "prompt": "…", "video_path": "color.mp4", "edge": {"control_weight": 1.0}}, without comments or trailing commas; a scene is a folder with color.mp4.',
  normalise: (request) => normaliseSample(familyOf(request.source), request),
  plan,
  readProgress,
  checkOutputs: checkExpectedOutputs,
  classify,
  sharing: shareSamples({
    keyOf,
    separators: ['.', '_'],
    common: LOGS,
    begins: /^\[\d+\/\d+\] Processing sample (.+)$/,
    ends: /^Generated video saved to .*\/([^/]+)\.mp4$/,
  }),
};

function familyOf(source: RunSource): SampleFamily {
  return !isScene(source) && isMultiview(source.spec) ? MULTIVIEW_FAMILY : FAMILY;
}

/**
 * With controls of several kinds in one job all branches of the model would be loaded, and on several GPUs a blocked sample may
 * leave the other ranks waiting for ever.
 */
function keyOf({makeSpec, parameters}: NormalRequest): string | undefined {
  const spec = makeSpec('');
  const options = readOptions(TRANSFER25, parameters, []);
  if (isMultiview(spec) || options['num_gpus'] !== 1) return undefined;
  return JSON.stringify([options, controlsOf(FAMILY, spec).map(({key}) => key)]);
}

function plan(normal: NormalRequest): JobPlan {
  const spec = normal.makeSpec('inputs');
  const options = readOptions(TRANSFER25, normal.parameters, []);
  const name = textOf(spec['name']) ?? 'output';
  const {num_gpus: gpus, checkpoint} = options;
  return {
    argv: commandOf(options),
    environment: ['HF_TOKEN'],
    outputs: outputsOf(name, spec),
    primaryOutput: `${name}.mp4`,
    timeoutMs: null,
    image: null,
    workdir: '{checkout}',
    variables: {
      HF_HOME: '{hfCache?}',
      // Without it the log keeps chunks and the reasons of the guardrail to itself.
      COSMOS_VERBOSE: '1',
      ...(checkpoint === 'edge/distilled' && {COSMOS_EXPERIMENTAL_CHECKPOINTS: '1'}),
    },
    mounts: [],
    needs: ['checkout', 'gpu'],
    requires: [`{checkout}/${PROGRAM}`],
    gpus: Number(gpus),
    ...(isMultiview(spec) && planMultiview(spec, normal.parameters, name)),
  };
}

function commandOf(options: Record<string, unknown>): JobPlan['argv'] {
  const {
    num_gpus: gpus,
    master_port: port,
    checkpoint,
    offload_guardrail_models: isOffloaded,
    disable_guardrails: isUnguarded,
  } = options;
  const starter: JobPlan['argv'] =
    Number(gpus) > 1 || port !== undefined ? torchrunWords(options, '_') : ['python'];
  return [
    ...starter,
    PROGRAM,
    ...['-i', '{spec}'],
    ...['-o', '{outputs}'],
    ...(typeof checkpoint === 'string' ? ['--model', checkpoint] : []),
    ...(isOffloaded === true ? ['--offload-guardrail-models'] : []),
    ...(isUnguarded === true ? ['--disable-guardrails'] : []),
  ];
}

function outputsOf(name: string, spec: Record<string, unknown>): JobPlan['outputs'] {
  return [
    made(`${name}.mp4`, 'output', 'video/mp4'),
    made(`${name}.txt`, 'text', 'text/plain'),
    made(`${name}.json`, 'spec', 'application/json'),
    ...controlsOf(FAMILY, spec).flatMap(({key}) => [
      made(`${name}_control_${key}.mp4`, 'control', 'video/mp4'),
      made(`${name}_mask_${key}.mp4`, 'extra', 'video/mp4'),
    ]),
    ...logsNamed(...LOGS),
  ];
}

function classify(end: JobEnd): ReturnType<Model['classify']> {
  const failure = classifyCosmos(end, {title: TITLE, failures: FAILURES});
  return failure?.class === 'outputs.wrong' ? (findSilentBlock(end) ?? failure) : failure;
}
