/** What `list` and `search` share: the runs that a filter chooses, as a table. */
import * as Flags from '@oclif/core/flags';
import {take} from '../platform/take.ts';
import type {RunSummary} from '../manifest/index/derive.ts';
import {plural} from '../views/format.ts';
import {renderRunList} from '../views/run-list.ts';
import {findRuns, makesVideo, type RunFilter} from '../workspace/find-runs.ts';
import {readPrices} from '../workspace/prices.ts';
import type {Workspace} from '../workspace/workspace.ts';
import {BaseCommand} from './base-command.ts';
import {isFiltered} from './filter-flags.ts';
import {terminal} from './terminal.ts';

const DEFAULT_LIMIT = 50;

export const limitFlags = {
  all: Flags.boolean({description: 'every run, not only the newest', exclusive: ['limit']}),
  limit: Flags.integer({description: 'how many', default: DEFAULT_LIMIT, min: 1}),
};

function* newestVideos(runs: Iterable<RunSummary>): Generator<RunSummary, void, void> {
  for (const run of runs) if (makesVideo(run)) yield run;
}

export abstract class ListCommand extends BaseCommand {
  protected async listRuns(
    workspace: Workspace,
    filter: RunFilter,
    {all, limit}: {all: boolean; limit: number},
  ): Promise<RunSummary[]> {
    const {index} = workspace;
    const isChosen = isFiltered(filter);
    // Without a filter the newest are read, and no other.
    const found = isChosen ? findRuns(workspace, filter) : newestVideos(index.listRuns());
    const runs = take(found, all ? Number.POSITIVE_INFINITY : limit);
    const total = Array.isArray(found) ? found.length : index.countRuns() - index.countAsideRuns();
    const prices = await readPrices(workspace, runs);
    this.print(renderRunList(runs, {...terminal(), now: workspace.now, prices, total, isFiltered: isChosen}));
    await this.#tellUnlisted(workspace);
    if (filter.kind === undefined && filter.model === undefined) this.#tellAside(index.countAsideRuns());
    return runs;
  }

  /** They are left out, and nobody should look for them in vain. */
  #tellAside(count: number): void {
    if (count > 0)
      this.tell(`${plural(count, 'run')} without videos left out; --kind enhance and --kind load list those`);
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
