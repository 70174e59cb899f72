import {Args} from '@oclif/core';
import {BaseCommand} from '../cli/base-command.ts';
import {deleteRun} from '../workspace/delete-run.ts';

export default class Delete extends BaseCommand {
  static override summary = 'Move a run that has ended to the trash. "cosmos gc undo" brings it back.';
  static override description =
    'What only this run names becomes garbage; "cosmos gc" moves it to the trash as well when it is old enough.';
  static override examples = ['<%= config.bin %> <%= command.id %> rs_1a2b'];
  static override args = {
    id: Args.string({description: 'id of the run, or a unique beginning of it', required: true}),
  };

  async run(): Promise<{id: string; batch: string}> {
    const {args, flags} = await this.parse(Delete);
    return this.inWorkspace(flags, async (workspace) => {
      const id = workspace.index.resolve('runs', args.id);
      const batch = await deleteRun(workspace, id);
      this.print(`${id} is in the trash. Bring it back with: cosmos gc undo ${batch}`);
      return {id, batch};
    });
  }
}
