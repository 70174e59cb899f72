import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base-command.ts';
import {terminal} from '../../cli/terminal.ts';
import {renderPrompts} from '../../views/prompts.ts';
import {listPrompts, type ListedPrompt} from '../../workspace/prompts.ts';

export default class PromptList extends BaseCommand {
  static override summary = 'List the prompts, newest first, with how their runs were rated.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --scene city --unused',
  ];
  static override flags = {
    scene: Flags.string({description: 'only those for this scene'}),
    unused: Flags.boolean({description: 'only those that no run has used'}),
    all: Flags.boolean({description: 'also versions that others were made from'}),
    limit: Flags.integer({description: 'how many', default: 50, min: 1}),
  };

  async run(): Promise<ListedPrompt[]> {
    const {flags} = await this.parse(PromptList);
    return this.inWorkspace(flags, (workspace) => {
      const found = listPrompts(workspace, {scene: flags.scene, isUnused: flags.unused, isAll: flags.all});
      const shown = found.slice(0, flags.limit);
      this.print(renderPrompts(shown, {...terminal(), total: found.length, now: workspace.now}));
      return Promise.resolve(shown);
    });
  }
}
