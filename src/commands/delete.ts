import * as Args from '@oclif/core/args';
import {BaseCommand} from '../cli/base-command.ts';
import {deleteNamed, type Deleted} from '../workspace/delete-named.ts';

export default class Delete extends BaseCommand {
  static override summary =
    'Move a run that has ended, or a ref of "blob put", to the trash. "cosmos gc undo" brings it back.';
  static override description =
    'A run\'s folder below outputs/ goes along. What nothing else names becomes garbage; "cosmos gc" moves it to the trash as well when it is old enough.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> rs_1a2b',
    '<%= config.bin %> <%= command.id %> clip.mp4-5440d97d',
  ];
  static override args = {
    id: Args.string({
      description: 'id of the run (or a unique beginning of it), or name of the ref',
      required: true,
    }),
  };

  async run(): Promise<Deleted> {
    const {args, flags} = await this.parse(Delete);
    return this.inWorkspace(flags, async (workspace) => {
      const deleted = await deleteNamed(workspace, args.id);
      this.print(`${deleted.id} is in the trash. Bring it back with: cosmos gc undo ${deleted.batch}`);
      if (deleted.leftView !== null) this.print(`Its folder ${deleted.leftView} was left where it is.`);
      return deleted;
    });
  }
}
