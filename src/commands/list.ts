import {filterFlags, filterOf} from '../cli/filter-flags.ts';
import {limitFlags, ListCommand} from '../cli/list-command.ts';
import type {RunSummary} from '../manifest/index/derive.ts';

export default class List extends ListCommand {
  static override summary = 'List the runs, newest first. Never contacts a target.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --status failed --all',
    '<%= config.bin %> <%= command.id %> --scene city --rating 4+ --since 7d',
    '<%= config.bin %> <%= command.id %> --param "weights.edge>0.5"',
  ];
  static override flags = {...limitFlags, ...filterFlags};

  async run(): Promise<RunSummary[]> {
    const {flags} = await this.parse(List);
    return this.inWorkspace(flags, (workspace) => this.listRuns(workspace, filterOf(flags), flags));
  }
}
