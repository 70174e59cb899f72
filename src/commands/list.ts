import {Flags} from '@oclif/core';
import {BaseCommand} from '../cli/base-command.ts';
import {terminal} from '../cli/terminal.ts';
import type {RunSummary} from '../manifest/index/derive.ts';
import {renderRunList} from '../views/run-list.ts';

const DEFAULT_LIMIT = 50;

export default class List extends BaseCommand {
  static override summary = 'List the runs, newest first. Never contacts a target.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --status failed --all',
  ];
  static override flags = {
    all: Flags.boolean({description: 'every run, not only the newest', exclusive: ['limit']}),
    limit: Flags.integer({description: 'how many', default: DEFAULT_LIMIT, min: 1}),
    status: Flags.string({
      description: 'only runs in this state',
      options: [
        'queued',
        'preparing',
        'uploading',
        'submitted',
        'running',
        'collecting',
        'completed',
        'failed',
        'cancelled',
      ],
    }),
  };

  async run(): Promise<RunSummary[]> {
    const {flags} = await this.parse(List);
    return this.inWorkspace(flags, async (workspace) => {
      const limit = flags.all ? Number.POSITIVE_INFINITY : flags.limit;
      const runs: RunSummary[] = [];
      let total = 0;
      if (flags.status === undefined) total = workspace.index.countRuns();
      for (const run of workspace.index.listRuns()) {
        if (flags.status !== undefined && run.status !== flags.status) continue;
        if (flags.status !== undefined) total += 1;
        if (runs.length < limit) runs.push(run);
        else if (flags.status === undefined) break;
      }
      this.print(
        renderRunList(runs, {
          ...terminal(),
          now: workspace.now,
          total,
          isFiltered: flags.status !== undefined,
        }),
      );
      return Promise.resolve(runs);
    });
  }
}
