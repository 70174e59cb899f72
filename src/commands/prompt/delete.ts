import * as Args from '@oclif/core/args';
import {BaseCommand} from '../../cli/base-command.ts';
import {shortId} from '../../manifest/names.ts';
import {plural} from '../../views/format.ts';
import {deletePrompt} from '../../workspace/prompts.ts';

export default class PromptDelete extends BaseCommand {
  static override summary =
    'Move prompts to the trash. "cosmos gc undo" brings them back; runs keep their copy of the texts.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> ps_1a2b',
    '<%= config.bin %> <%= command.id %> snow-early-morning rain',
  ];
  static override strict = false;
  static override args = {
    id: Args.string({
      description: 'id (or a unique beginning of it) or name of a prompt; several may be given',
      required: true,
    }),
  };

  async run(): Promise<{id: string; batch: string; runs: number}[]> {
    const {argv, flags} = await this.parse(PromptDelete);
    return this.inWorkspace(flags, async (workspace) => {
      const deleted: {id: string; batch: string; runs: number}[] = [];
      for (const what of argv.map(String)) {
        const one = await deletePrompt(workspace, what);
        deleted.push(one);
        const used =
          one.runs === 0
            ? 'no run used it'
            : `${plural(one.runs, 'run')} used it and ${one.runs === 1 ? 'keeps' : 'keep'} the text`;
        this.print(
          `${shortId(one.id)} is in the trash; ${used}. Bring it back with: cosmos gc undo ${one.batch}`,
        );
      }
      return deleted;
    });
  }
}
