import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../cli/base-command.ts';
import {terminal} from '../cli/terminal.ts';
import {RUN_STATUSES, type RunStatus} from '../manifest/run-status.ts';
import {take} from '../platform/take.ts';
import type {RunSummary} from '../manifest/index/derive.ts';
import {plural} from '../views/format.ts';
import {renderRunList} from '../views/run-list.ts';
import {readPrices} from '../workspace/prices.ts';
import type {Workspace} from '../workspace/workspace.ts';

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
      options: [...RUN_STATUSES],
    }),
  };

  async run(): Promise<RunSummary[]> {
    const {flags} = await this.parse(List);
    return this.inWorkspace(flags, async (workspace) => {
      const {index} = workspace;
      const status = flags.status as RunStatus | undefined;
      const found = status === undefined ? index.listRuns() : index.listRunsIn(status);
      const runs = take(found, flags.all ? Number.POSITIVE_INFINITY : flags.limit);
      const total = status === undefined ? index.countRuns() : (index.countByStatus()[status] ?? 0);
      this.print(
        renderRunList(runs, {
          ...terminal(),
          now: workspace.now,
          prices: await readPrices(workspace, runs),
          total,
          isFiltered: status !== undefined,
        }),
      );
      await this.#tellUnlisted(workspace);
      return runs;
    });
  }

  /** A document that cannot be read is in no index; saying nothing would be saying that it is not there. */
  async #tellUnlisted({documents, index}: Workspace): Promise<void> {
    const files = await documents.listIds('runs');
    const unlisted = files.filter((id) => !index.has('runs', id)).length;
    if (unlisted > 0)
      this.tell(
        `${plural(unlisted, 'file')} in manifests/runs cannot be listed; "cosmos verify" names what is wrong`,
      );
  }
}
