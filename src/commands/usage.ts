import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../cli/base-command.ts';
import {terminal} from '../cli/terminal.ts';
import {renderUsage} from '../views/usage.ts';
import {measureUsage, USAGE_GROUPS, type Usage} from '../workspace/usage.ts';

export default class UsageCommand extends BaseCommand {
  static override summary = 'Show where the space of the store goes.';
  static override description =
    'NAMED is all that the runs of a row name; ITS OWN what nothing outside of it names, which is what deleting it would free.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --by age',
  ];
  static override flags = {
    by: Flags.option({description: 'what the rows are', options: USAGE_GROUPS, default: 'scene'})(),
  };

  async run(): Promise<Usage> {
    const {flags} = await this.parse(UsageCommand);
    return this.inWorkspace(flags, async (workspace) => {
      const usage = await measureUsage(workspace, flags.by);
      this.print(renderUsage(usage, terminal()));
      return usage;
    });
  }
}
