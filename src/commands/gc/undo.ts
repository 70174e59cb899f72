import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base-command.ts';
import {listBatches, type TrashBatch} from '../../cas/trash/batches.ts';
import {renderBatches, renderUndo} from '../../views/gc.ts';
import {undoTrash, type UndoReport} from '../../workspace/garbage.ts';

export default class GcUndo extends BaseCommand {
  static override summary = 'Bring back what the last gc or deletion moved to the trash.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --list',
    '<%= config.bin %> <%= command.id %> 20261123T140509123Z-1a2b3c',
  ];
  static override args = {
    batch: Args.string({description: 'batch of the trash; the newest when it is not given'}),
  };
  static override flags = {list: Flags.boolean({description: 'only list the batches that there are'})};

  async run(): Promise<UndoReport | TrashBatch[]> {
    const {args, flags} = await this.parse(GcUndo);
    return this.inWorkspace(flags, async (workspace) => {
      if (flags.list) {
        const batches = await listBatches(workspace.store.context);
        this.print(renderBatches(batches));
        return batches;
      }
      const report = await undoTrash(workspace, args.batch);
      this.print(renderUndo(report));
      return report;
    });
  }
}
