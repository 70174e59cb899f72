import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base-command.ts';
import type {PromptDocument} from '../../manifest/types.gen.ts';
import {describeMade} from '../../views/prompts.ts';
import {editPrompt} from '../../workspace/prompts.ts';

export default class PromptEdit extends BaseCommand {
  static override summary = 'Make a new version of a prompt; the one before is kept.';
  static override description =
    'The name goes to the new version. A change of the name alone makes no new version.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> snow-early-morning --text "snow, late evening"',
    '<%= config.bin %> <%= command.id %> ps_1a2b --no-negative',
  ];
  static override args = {
    id: Args.string({description: 'id (or a unique beginning of it) or name of the prompt', required: true}),
  };
  static override flags = {
    text: Flags.string({description: 'what the video should show'}),
    negative: Flags.string({description: 'what it should not show', exclusive: ['no-negative']}),
    'no-negative': Flags.boolean({description: 'take the negative prompt away'}),
    name: Flags.string({description: 'another name'}),
    scene: Flags.string({description: 'the scene of the store that it is for'}),
  };

  async run(): Promise<PromptDocument> {
    const {args, flags} = await this.parse(PromptEdit);
    return this.inWorkspace(flags, async (workspace) => {
      const made = await editPrompt(workspace, args.id, {
        text: flags.text,
        negative: flags['no-negative'] ? null : flags.negative,
        name: flags.name,
        scene: flags.scene,
      });
      this.print(describeMade(made));
      return made.prompt;
    });
  }
}
