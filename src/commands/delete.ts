import * as Args from '@oclif/core/args';
import {deletionFlags, DeletionCommand} from '../cli/deletion-command.ts';
import {findDeletable, type Deletion} from '../workspace/deletion.ts';

export default class Delete extends DeletionCommand {
  static override summary =
    'Move runs that have ended, or refs of "blob put", to the trash. "cosmos gc undo" brings them back.';
  static override description =
    'The folders of runs below outputs/ go along. What nothing else names becomes garbage; "cosmos gc" moves it to the trash as well when it is old enough. All that is named goes at once, or nothing does.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> rs_1a2b --dry-run',
    '<%= config.bin %> <%= command.id %> rs_1a2b rs_3c4d clip.mp4-5440d97d',
  ];
  static override strict = false;
  static override args = {
    id: Args.string({
      description: 'id of a run (or a unique beginning of it), or name of a ref; several may be given',
      required: true,
    }),
  };
  static override flags = deletionFlags;

  async run(): Promise<Deletion> {
    const {argv, flags} = await this.parse(Delete);
    return this.inWorkspace(flags, (workspace) =>
      this.deleteAll(
        workspace,
        argv.map((text) => findDeletable(workspace, String(text))),
        flags,
      ),
    );
  }
}
