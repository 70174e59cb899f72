import * as Flags from '@oclif/core/flags';
import {RunCommand} from '../cli/run-command.ts';
import {LiveRuns} from '../cli/live-runs.ts';
import {terminal} from '../cli/terminal.ts';
import {systemNow} from '../platform/clock.ts';
import {isTerminal} from '../runner/transitions.ts';
import {canShowDashboard} from '../views/status/can-show.ts';
import {renderStatus} from '../views/status-table.ts';
import type {DashboardRow} from '../views/status/source.ts';

const DEFAULT_WAIT_SECONDS = 5;

export default class Status extends RunCommand {
  static override summary =
    'Show what runs are doing, and carry them on: on a terminal live, elsewhere as one table.';
  static override description =
    'Runs go on without cosmos; this brings home what has ended. Without a terminal the table is printed at once from the documents, then targets are asked for at most --wait seconds, and what changed is printed.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --wait 60',
    '<%= config.bin %> <%= command.id %> --offline --json',
  ];
  static override flags = {
    wait: Flags.integer({
      description: 'without a terminal: seconds to wait for targets',
      default: DEFAULT_WAIT_SECONDS,
      min: 0,
    }),
    offline: Flags.boolean({description: 'only what the documents say; contacts no target'}),
  };

  async run(): Promise<DashboardRow[]> {
    const {flags} = await this.parse(Status);
    return this.inWorkspace(flags, async (workspace) => {
      const runs = new LiveRuns(this.makeRunner(workspace, this.makeTargets(workspace, {isQuiet: true})));
      if (!this.jsonEnabled() && !flags.offline && canShowDashboard(process, process.env))
        await this.#showLive(runs, workspace.root);
      else await this.#printTable(runs, flags.offline ? 0 : flags.wait);
      return [...runs.read().rows];
    });
  }

  async #showLive(runs: LiveRuns, root: string): Promise<void> {
    const {renderDashboard} = await import('../views/status/render-dashboard.tsx');
    const leaving = new AbortController();
    await runs.refresh();
    const watching = runs.watch(leaving.signal);
    try {
      const {stdin, stdout, env} = process;
      await renderDashboard(runs, {stdin, stdout, env, workspace: root});
    } finally {
      leaving.abort();
      await watching;
    }
  }

  async #printTable(runs: LiveRuns, waitSeconds: number): Promise<void> {
    await runs.refresh({isOffline: waitSeconds === 0});
    const before = renderStatus(runs.read().rows, {...terminal(), now: systemNow});
    this.print(before);
    const isActive = runs.read().rows.some(({summary}) => !isTerminal(summary.status));
    if (!isActive || waitSeconds === 0) return;
    await runs.settle(AbortSignal.timeout(waitSeconds * 1000));
    const after = renderStatus(runs.read().rows, {...terminal(), now: systemNow});
    this.print(['', after]);
    const {message} = runs.read();
    if (message !== undefined) this.tell(message);
  }
}
