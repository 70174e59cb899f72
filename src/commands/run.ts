import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {modelFlags, modelFlagsOf} from '../cli/model-flags.ts';
import {parseSettings, parseWeights} from '../cli/run-flags.ts';
import {StartCommand} from '../cli/start-command.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {workingFolder} from '../platform/working-folder.ts';
import type {PlannedRun} from '../runner/create.ts';

export default class Run extends StartCommand {
  static override summary =
    'Run a model on a scene or a spec file, and bring everything that it makes into the store.';
  static override description =
    'Without --model and without a setting this makes a preview on this machine: control signals are computed, no model runs. Ctrl-C leaves; the run goes on. Parameters that several models have are flags, all of them go through --set; docs/models.md has them.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> examples/scenes/city --prompt "golden hour, warm light"',
    '<%= config.bin %> <%= command.id %> examples/scenes/city --weights vis=.1,edge=1,depth=.65,seg=.25 --dry-run',
    '<%= config.bin %> <%= command.id %> spec.json --set canny_threshold=low --detach',
    '<%= config.bin %> <%= command.id %> --from rs_1a2b --seed 7',
  ];
  static override args = {
    source: Args.string({
      description:
        'a scene (folder with color.mp4 and its passes) or a spec file; with --from it may be left out',
    }),
  };
  static override flags = {
    from: Flags.string({
      description: 'the same again as this run, with what else is said here',
      helpValue: 'ID',
    }),
    prompt: Flags.string({char: 'p', description: 'what the video should show'}),
    negative: Flags.string({description: 'what it should not show'}),
    model: Flags.string({
      char: 'm',
      description: 'preview, transfer1, transfer2.5, cosmos3, or a model of cosmos.toml',
    }),
    weights: Flags.string({
      char: 'w',
      description:
        'weight of each control, as in vis=.25,edge=.5,depth=.7,seg=.3; controls that are not named get 0',
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
      description: 'make this many runs, each with the next seed',
      default: 1,
      min: 1,
      max: 1000,
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
    'dry-run': Flags.boolean({char: 'n', description: 'check everything and show what would be done'}),
  };

  async run(): Promise<RunDocument | RunDocument[] | PlannedRun | PlannedRun[]> {
    const {args, flags} = await this.parse(Run);
    const request = {
      source: args.source,
      folder: workingFolder(),
      from: flags.from === undefined ? undefined : {run: flags.from, as: 'again' as const},
      prompt: flags.prompt ?? null,
      negative: flags.negative ?? null,
      model: flags.model,
      target: flags.target,
      retries: flags.retries,
      repeat: flags.repeat,
      controls: flags.controls === 'preview' ? ('preview' as const) : ('model' as const),
      weights: parseWeights(flags.weights),
      set: parseSettings(flags.set),
      flags: modelFlagsOf(flags),
      seed: flags.seed ?? null,
      name: flags.name ?? null,
      after: flags.after ?? [],
    };
    return this.inWorkspace(flags, (workspace) =>
      this.startAndFollow(workspace, request, {isDetached: flags.detach, isDryRun: flags['dry-run']}),
    );
  }
}
