import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base-command.ts';
import {readGivenText} from '../../cli/given-text.ts';
import type {PromptDocument} from '../../manifest/types.gen.ts';
import {describeMade} from '../../views/prompts.ts';
import {createPromptFor} from '../../workspace/prompts.ts';

export default class PromptCreate extends BaseCommand {
  static override summary = 'Keep a prompt, for runs to be made from.';
  static override description =
    'The name is made from the text when none is given. The same texts for the same scene are one prompt.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> "snow, early morning, low sun" --negative "people" --scene city',
    '<%= config.bin %> <%= command.id %> --file prompt.txt --name snow',
    'echo "heavy rain" | <%= config.bin %> <%= command.id %> -',
  ];
  static override args = {
    text: Args.string({description: 'what the video should show; - reads it from stdin'}),
  };
  static override flags = {
    file: Flags.string({description: 'a file that holds the text'}),
    negative: Flags.string({description: 'what it should not show'}),
    name: Flags.string({description: 'a name for it'}),
    scene: Flags.string({description: 'the scene of the store that it is for'}),
  };

  async run(): Promise<PromptDocument> {
    const {args, flags} = await this.parse(PromptCreate);
    const text = await readGivenText({text: args.text, file: flags.file});
    return this.inWorkspace(flags, async (workspace) => {
      const {negative = null, name, scene} = flags;
      const made = await createPromptFor(workspace, {text, negative, name, scene});
      this.print(describeMade(made));
      return made.prompt;
    });
  }
}
