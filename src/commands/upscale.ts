import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {parseSettings} from '../cli/run-flags.ts';
import {StartCommand} from '../cli/start-command.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {workingFolder} from '../platform/working-folder.ts';
import type {PlannedRun} from '../runner/create.ts';
import {PLAIN_REQUEST, type StartRequest} from '../workspace/start-run.ts';

export default class Upscale extends StartCommand {
  static override summary = "Make a video about three times as large, with Transfer1's upscaler.";
  static override description =
    'Of the result of a completed run, which the new run is then linked to, or of any video. The target needs what Transfer1 needs.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> rs_1a2b --target lambda',
    '<%= config.bin %> <%= command.id %> clip.mp4 --weight 0.7 --prompt "fine brick texture"',
  ];
  static override args = {
    what: Args.string({
      description: 'id of a completed run (or a unique beginning of it), or a video',
      required: true,
    }),
  };
  static override flags = {
    prompt: Flags.string({char: 'p', description: "what guides it; of a run, else the run's own prompt"}),
    weight: Flags.string({
      description: 'how closely the result keeps to the input; 0.5 when it is not given',
    }),
    steps: Flags.integer({description: 'steps of the diffusion; 10 when it is not given'}),
    seed: Flags.integer({description: 'seed of the random numbers'}),
    set: Flags.string({
      description: 'another parameter, as key=value',
      multiple: true,
      multipleNonGreedy: true,
    }),
    name: Flags.string({description: 'a name for the run'}),
    target: Flags.string({char: 't', description: 'where it runs; of a run, else where that ran'}),
    detach: Flags.boolean({char: 'd', description: 'return as soon as the job has started, or waits there'}),
    'dry-run': Flags.boolean({char: 'n', description: 'check everything and show what would be done'}),
  };

  async run(): Promise<RunDocument | RunDocument[] | PlannedRun | PlannedRun[]> {
    const {args, flags} = await this.parse(Upscale);
    const isRun = /^(?:rs_)?[0-9a-f]{4,32}$/.test(args.what);
    const weight = flags.weight === undefined ? {} : parseSettings([`control_weight=${flags.weight}`]);
    const request: StartRequest = {
      ...PLAIN_REQUEST,
      source: isRun ? undefined : args.what,
      from: isRun ? {run: args.what, as: 'result'} : undefined,
      folder: workingFolder(),
      prompt: flags.prompt ?? null,
      model: 'upscale',
      target: flags.target,
      set: {...parseSettings(flags.set), ...weight},
      flags: flags.steps === undefined ? {} : {steps: flags.steps},
      seed: flags.seed ?? null,
      name: flags.name ?? null,
    };
    return this.inWorkspace(flags, (workspace) =>
      this.startAndFollow(workspace, request, {isDetached: flags.detach, isDryRun: flags['dry-run']}),
    );
  }
}
