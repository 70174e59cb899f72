import * as Args from '@oclif/core/args';
import {deletionFlags, DeletionCommand} from '../../cli/deletion-command.ts';
import type {Deletion} from '../../workspace/deletion.ts';
import {resolvePrompt} from '../../workspace/prompts.ts';

export default class PromptDelete extends DeletionCommand {
  static override summary =
    'Move prompts to the trash. "cosmos gc undo" brings them back; runs keep their copy of the texts.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> ps_1a2b',
    '<%= config.bin %> <%= command.id %> snow-early-morning rain --dry-run',
  ];
  static override strict = false;
  static override args = {
    id: Args.string({
      description: 'id (or a unique beginning of it) or name of a prompt; several may be given',
      required: true,
    }),
  };
  static override flags = deletionFlags;

  async run(): Promise<Deletion> {
    const {argv, flags} = await this.parse(PromptDelete);
    return this.inWorkspace(flags, async (workspace) => {
      const prompts = await Promise.all(argv.map((text) => resolvePrompt(workspace, String(text))));
      const named = prompts.map(({id}) => ({kind: 'prompts' as const, id}));
      return this.deleteAll(workspace, named, flags);
    });
  }
}
