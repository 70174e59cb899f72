import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base-command.ts';
import {terminal} from '../../cli/terminal.ts';
import {renderPrompts} from '../../views/prompts.ts';
import {listPrompts, type ListedPrompt} from '../../workspace/prompts.ts';

export default class PromptSearch extends BaseCommand {
  static override summary =
    'Find prompts: every word has to be in the text, the negative prompt, the name or the scene.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> snow morning',
    '<%= config.bin %> <%= command.id %> rain --json',
  ];
  static override strict = false;
  static override args = {
    words: Args.string({description: 'what to look for; several words may be given', required: true}),
  };
  static override flags = {
    all: Flags.boolean({description: 'also versions that others were made from'}),
    limit: Flags.integer({description: 'how many', default: 50, min: 1}),
  };

  async run(): Promise<ListedPrompt[]> {
    const {argv, flags} = await this.parse(PromptSearch);
    const words = argv
      .map(String)
      .flatMap((text) => text.split(/\s+/))
      .filter((word) => word !== '');
    return this.inWorkspace(flags, (workspace) => {
      const found = listPrompts(workspace, {words, isAll: flags.all});
      const shown = found.slice(0, flags.limit);
      this.print(
        renderPrompts(shown, {...terminal(), total: found.length, now: workspace.now, isFiltered: true}),
      );
      return Promise.resolve(shown);
    });
  }
}
