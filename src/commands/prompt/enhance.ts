import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {parseSettings} from '../../cli/run-flags.ts';
import {StartCommand} from '../../cli/start-command.ts';
import type {RunDocument} from '../../manifest/types.gen.ts';
import {workingFolder} from '../../platform/working-folder.ts';
import type {PlannedRun} from '../../runner/create.ts';
import {enhancementOf} from '../../workspace/enhance-prompt.ts';

export default class PromptEnhance extends StartCommand {
  static override summary = 'Let a model that sees frames of the scene write a better prompt.';
  static override description =
    'The result is a new prompt, linked to this one, which stays as it is. The work is a run of kind enhance; "cosmos list --kind enhance" shows them. Asked is the endpoint in models.enhance of the settings, else NVIDIA\'s upsampler on the target.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> snow-early-morning',
    '<%= config.bin %> <%= command.id %> "heavy rain at night" --scene city --dry-run',
    '<%= config.bin %> <%= command.id %> ps_1a2b --target lambda',
  ];
  static override args = {
    what: Args.string({
      description: 'id (or a unique beginning of it) or name of a prompt; or a text of several words',
      required: true,
    }),
  };
  static override flags = {
    scene: Flags.string({
      description: 'what the model is shown: a scene or a video; else the scene of the prompt',
      exclusive: ['no-scene'],
    }),
    'no-scene': Flags.boolean({description: 'show it nothing'}),
    seed: Flags.integer({description: 'seed of the random numbers, where the endpoint has one'}),
    set: Flags.string({
      description: 'a parameter, as key=value, such as frames=2',
      multiple: true,
      multipleNonGreedy: true,
    }),
    target: Flags.string({
      char: 't',
      description: "where NVIDIA's upsampler runs; an endpoint is asked from here",
    }),
    detach: Flags.boolean({char: 'd', description: 'return as soon as the job has started, or waits there'}),
    'dry-run': Flags.boolean({char: 'n', description: 'check everything and show what would be done'}),
  };

  async run(): Promise<RunDocument | RunDocument[] | PlannedRun | PlannedRun[]> {
    const {args, flags} = await this.parse(PromptEnhance);
    return this.inWorkspace(flags, async (workspace) => {
      const request = await enhancementOf(workspace, {
        what: args.what,
        scene: flags['no-scene'] ? null : flags.scene,
        folder: workingFolder(),
        set: parseSettings(flags.set),
        seed: flags.seed ?? null,
        target: flags.target,
      });
      return this.startAndFollow(workspace, request, {isDetached: flags.detach, isDryRun: flags['dry-run']});
    });
  }
}
