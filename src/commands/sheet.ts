import {join, resolve} from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../cli/base-command.ts';
import {filterFlags, filterOf, isFiltered} from '../cli/filter-flags.ts';
import {terminal} from '../cli/terminal.ts';
import {CosmosError} from '../errors.ts';
import {workingFolder} from '../platform/working-folder.ts';
import {renderSheetMade} from '../views/sheet-made.ts';
import {renderSheet} from '../views/sheet/page.ts';
import {makeSheet, type SheetReport} from '../workspace/sheet.ts';

export default class Sheet extends BaseCommand {
  static override summary =
    'Make a page that shows runs beside each other and plays them together. Never contacts a target.';
  static override description =
    'The page is index.html in a folder with the videos that it plays. It needs no server and no network, and the folder can be moved or sent. In it: space plays and pauses, Home restarts, the arrows seek, l loops, m mutes, i hides the inputs.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --scene city --since 7d',
    '<%= config.bin %> <%= command.id %> rs_1a2b rs_3c4d --out review',
    '<%= config.bin %> <%= command.id %> --batch weights --limit 200',
  ];
  static override strict = false;
  static override args = {
    id: Args.string({description: 'id of a run, or a unique beginning of it; several may be given'}),
  };
  static override flags = {
    out: Flags.string({
      description: 'folder of the sheet; else outputs/sheet. An earlier sheet there is replaced',
      helpValue: 'DIR',
    }),
    limit: Flags.integer({description: 'how many runs, the newest first', default: 50, min: 1}),
    ...filterFlags,
  };

  async run(): Promise<SheetReport> {
    const {argv, flags} = await this.parse(Sheet);
    const ids = argv.map(String);
    const filter = filterOf(flags);
    if (ids.length > 0 && isFiltered(filter))
      throw new CosmosError('usage.invalid', 'Both ids and filters are given.', {
        hint: 'Name the runs, or let filters choose them.',
      });
    return this.inWorkspace(flags, async (workspace) => {
      const folder =
        flags.out === undefined ? join(workspace.outputs, 'sheet') : resolve(workingFolder(), flags.out);
      const report = await makeSheet(workspace, {
        ...{ids, filter, folder},
        limit: flags.limit,
        render: renderSheet,
      });
      this.print(renderSheetMade(report, terminal()));
      return report;
    });
  }
}
