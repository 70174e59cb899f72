/**
 * NVIDIA Cosmos-Transfer1, one video for each run, or several for one load of the model: a control spec becomes a torchrun
 * command in the target's checkout of cosmos-transfer1. The guardrails of the model cannot be switched off; a run that they
 * block is a failed run.
 */
import type {JobPlan, Model, NormalRequest} from '../../model.ts';
import {checkExpectedOutputs} from '../../outputs-check.ts';
import {isAutomatic} from './asked.ts';
import {classifyCosmos} from '../nvidia/classify.ts';
import {FAILURES} from './failures.ts';
import {controlFiles, DRIVING, HINTS} from './hints.ts';
import {objectOf, type Json} from '../../json.ts';
import {isMultiview, multiviewBase, MULTIVIEW_PROGRAM, multiviewWords, tableOf} from './multiview.ts';
import {normalise} from './normalise.ts';
import {readLaunch, type LaunchOptions} from './options.ts';
import {TRANSFER1} from './parameters.ts';
import {readProgress} from './progress.ts';
import {sharing} from './sharing.ts';

export const transfer1: Model = {
  table: TRANSFER1,
  specHint:
    'A control spec looks like {"prompt": "…", "input_video_path": "color.mp4", "edge": {"control_weight": 0.5}}, without comments or trailing commas; a scene is a folder with color.mp4.',
  normalise,
  plan,
  readProgress,
  countsAll: true,
  checkOutputs: checkExpectedOutputs,
  classify: (end) => classifyCosmos(end, {title: 'Transfer1', failures: FAILURES}),
  sharing,
};

type Outputs = JobPlan['outputs'];

const PROGRAM = 'cosmos_transfer1/diffusion/inference/transfer.py';
/** The name of the outputs, without their endings. */
const SAVE_NAME = 'output';

function plan(normal: NormalRequest): JobPlan {
  const spec = normal.makeSpec('inputs');
  const options = readLaunch(normal.parameters, tableOf(spec));
  const {gpus} = options;
  return {
    argv: isMultiview(spec)
      ? [...commandOf(spec, options), ...multiviewWords(spec, normal)]
      : commandOf(spec, options),
    environment: ['HF_TOKEN'],
    outputs: [...mainOutputs(), ...controlOutputs(spec, gpus), ...extraOutputs(spec, options)],
    primaryOutput: `${SAVE_NAME}.mp4`,
    timeoutMs: null,
    image: null,
    workdir: '{checkout}',
    variables: {PYTHONPATH: '{checkout}', HF_HOME: '{hfCache?}'},
    mounts: [],
    needs: ['checkout', 'checkpoints', 'gpu'],
    requires: [`{checkout}/${programOf(spec)}`, `{checkpoints}/${baseModelOf(spec, normal)}`],
    gpus,
  };
}

/** Options and values are two words each: only then does Transfer1 let them win over the spec. */
function commandOf(spec: Json, {gpus, masterPort, switches}: LaunchOptions): JobPlan['argv'] {
  return [
    'torchrun',
    `--nproc_per_node=${gpus}`,
    '--nnodes=1',
    '--node_rank=0',
    ...(masterPort === null ? [] : [`--master_port=${masterPort}`]),
    programOf(spec),
    ...['--checkpoint_dir', '{checkpoints}'],
    ...['--video_save_folder', '{outputs}'],
    ...['--video_save_name', SAVE_NAME],
    ...['--controlnet_specs', '{spec}'],
    ...['--num_gpus', String(gpus)],
    ...switches.map((name) => `--${name}`),
    ...(isDriving(spec) && !isMultiview(spec) ? ['--is_av_sample'] : []),
  ];
}

function isDriving(spec: Json): boolean {
  return DRIVING.some((hint) => spec[hint] !== undefined);
}

/** Without its weights a job would fail only after minutes of loading what is there. */
function baseModelOf(spec: Json, normal: NormalRequest): string {
  if (isMultiview(spec)) return multiviewBase(normal);
  return `nvidia/${isDriving(spec) ? 'Cosmos-Transfer1-7B-Sample-AV' : 'Cosmos-Transfer1-7B'}/base_model.pt`;
}

function programOf(spec: Json): string {
  return isMultiview(spec) ? MULTIVIEW_PROGRAM : PROGRAM;
}

function mainOutputs(): Outputs {
  return [
    {name: `${SAVE_NAME}.mp4`, role: 'output', mediaType: 'video/mp4', isRequired: true},
    {name: `${SAVE_NAME}.txt`, role: 'text', mediaType: 'text/plain', isRequired: true},
  ];
}

/** Which of the names a version uses is seen only afterwards, so none of them is required. */
function controlOutputs(spec: Json, gpus: number): Outputs {
  return HINTS.filter((hint) => isAutomatic(spec, hint)).flatMap((hint) =>
    controlFiles(hint, gpus).map((name) => ({
      name,
      role: 'control',
      mediaType: 'video/mp4',
      isRequired: false,
    })),
  );
}

function extraOutputs(spec: Json, {gpus, switches}: LaunchOptions): Outputs {
  const hasWeightMap = objectOf(spec['seg'])['control_weight_prompt'] !== undefined;
  const maps = hasWeightMap
    ? Array.from({length: gpus}, (_, rank) => `seg_control_weight_${rank}`).flatMap((stem) => [
        {name: `${stem}.pt`, mediaType: 'application/octet-stream'},
        {name: `${stem}.mp4`, mediaType: 'video/mp4'},
      ])
    : [];
  const noise = switches.includes('save_input_noise')
    ? [{name: 'noise.pickle', mediaType: 'application/octet-stream'}]
    : [];
  return [...maps, ...noise].map((file) => ({...file, role: 'extra', isRequired: false}));
}
