import {Args} from '@oclif/core';
import {BaseCommand} from '../../cli/base-command.ts';
import {renderUndo} from '../../views/gc.ts';
import {undoTrash, type UndoReport} from '../../workspace/garbage.ts';

export default class GcUndo extends BaseCommand {
  static override summary = 'Bring back what the last gc or deletion moved to the trash.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> 20261123T140509123Z-1a2b3c',
  ];
  static override args = {
    batch: Args.string({description: 'batch of the trash; the newest when it is not given'}),
  };

  async run(): Promise<UndoReport> {
    const {args, flags} = await this.parse(GcUndo);
    return this.inWorkspace(flags, async (workspace) => {
      const report = await undoTrash(workspace, args.batch);
      this.print(renderUndo(report));
      return report;
    });
  }
}
