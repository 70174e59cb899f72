/** The flags that `run`, `batch` and `sweep` have in common, and the request that they make. */
import * as Flags from '@oclif/core/flags';
import {workingFolder} from '../platform/working-folder.ts';
import type {StartRequest} from '../workspace/start-run.ts';
import {modelFlags, modelFlagsOf} from './model-flags.ts';
import {parseSettings, parseWeights} from './run-flags.ts';

export const commonFlags = {
  from: Flags.string({
    description: 'the same again as this run, with what else is said here',
    helpValue: 'ID',
  }),
  prompt: Flags.string({char: 'p', description: 'what the video should show'}),
  negative: Flags.string({description: 'what it should not show'}),
  model: Flags.string({
    char: 'm',
    description: 'preview, transfer1, transfer2.5, cosmos3, upscale, or a model of cosmos.toml',
  }),
  weights: Flags.string({
    char: 'w',
    description:
      'weight of each control, as in vis=.25,edge=.5,depth=.7; controls that are not named get 0. For transfer1 and upscale also a .pt file with a map of weights, as in depth=maps/depth.pt; one with a comma in its name goes into a spec',
  }),
  set: Flags.string({
    description: 'a parameter of the model, as key=value',
    multiple: true,
    multipleNonGreedy: true,
  }),
  controls: Flags.string({
    description:
      'who computes edges and blur: the model, or the preview here (then they are sent, and the same in every run)',
    options: ['model', 'preview'],
    default: 'model',
  }),
  seed: Flags.integer({description: 'seed of the random numbers'}),
  ...modelFlags,
  repeat: Flags.integer({
    description: 'make this many runs of each, each with the next seed',
    default: 1,
    min: 1,
    max: 1000,
  }),
  share: Flags.boolean({
    description:
      'let runs that differ only in what one job can do for each load the model once together (the default)',
    allowNo: true,
    default: true,
  }),
  upscale: Flags.boolean({
    description:
      'upscale each result by another run on the same target, as "cosmos upscale" does, once it is there',
  }),
  name: Flags.string({description: 'a name for the run'}),
  target: Flags.string({char: 't', description: 'where it runs: local, or a target of the settings'}),
  retries: Flags.integer({
    description: 'how often to start the job again when the machine failed it, not the request',
    min: 0,
    max: 10,
  }),
  after: Flags.string({
    description: 'start when this run has ended, however it ended; may be given several times',
    helpValue: 'ID',
    multiple: true,
    multipleNonGreedy: true,
  }),
  detach: Flags.boolean({char: 'd', description: 'return as soon as the job has started, or waits there'}),
  'dry-run': Flags.boolean({
    char: 'n',
    aliases: ['plan'],
    description: 'check everything and show what would be done, and which runs would load the model together',
  }),
};

interface Given {
  from?: string | undefined;
  prompt?: string | undefined;
  negative?: string | undefined;
  model?: string | undefined;
  weights?: string | undefined;
  set?: string[] | undefined;
  controls: string;
  seed?: number | undefined;
  repeat: number;
  share: boolean;
  upscale: boolean;
  name?: string | undefined;
  target?: string | undefined;
  retries?: number | undefined;
  after?: string[] | undefined;
}

export function commonRequest(
  flags: Given & Readonly<Record<string, unknown>>,
): Omit<StartRequest, 'source' | 'folder'> {
  return {
    from: flags.from === undefined ? undefined : {run: flags.from, as: 'again'},
    prompt: flags.prompt ?? null,
    negative: flags.negative ?? null,
    model: flags.model,
    target: flags.target,
    retries: flags.retries,
    repeat: flags.repeat,
    mayShare: flags.share,
    upscale: flags.upscale,
    controls: flags.controls === 'preview' ? 'preview' : 'model',
    weights: parseWeights(flags.weights, workingFolder()),
    set: parseSettings(flags.set),
    flags: modelFlagsOf(flags),
    seed: flags.seed ?? null,
    name: flags.name ?? null,
    after: flags.after ?? [],
  };
}
