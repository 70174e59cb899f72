import * as Flags from '@oclif/core/flags';
import {RunCommand} from '../cli/run-command.ts';
import {LiveRuns} from '../cli/live-runs.ts';
import {terminal} from '../cli/terminal.ts';
import {systemNow} from '../platform/clock.ts';
import {canShowDashboard} from '../views/status/can-show.ts';
import {renderStatus} from '../views/status-table.ts';
import type {DashboardRow} from '../views/status/source.ts';

/** Enough for a target far away to answer, and to bring small outputs home. */
const ANSWER_SECONDS = 5;

export default class Status extends RunCommand {
  static override summary =
    'Show what runs are doing, and carry them on: on a terminal live, elsewhere as one table.';
  static override description =
    'Runs go on without cosmos; this brings home what has ended. Without a terminal it asks every target once, for at most 5 seconds, and prints one table; with --wait it prints when every run has ended, or after that time.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --wait 60',
    '<%= config.bin %> <%= command.id %> --offline --json',
  ];
  static override flags = {
    wait: Flags.integer({
      description: 'without a terminal: how many seconds to wait for runs to end',
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
      else await this.#printTable(runs, {offline: flags.offline, wait: flags.wait});
      return [...runs.read().rows];
    });
  }

  async #showLive(runs: LiveRuns, root: string): Promise<void> {
    const {renderDashboard} = await import('../views/status/render-dashboard.tsx');
    const leaving = new AbortController();
    await runs.refresh();
    // Where it ends by itself, nothing more can be shown. Its reason is told when the screen is the user's again.
    const watching = runs.watch(leaving.signal).finally(() => leaving.abort());
    watching.catch(() => undefined);
    try {
      const {stdin, stdout, env} = process;
      await renderDashboard(runs, {stdin, stdout, env, workspace: root, signal: leaving.signal});
    } finally {
      leaving.abort();
      await watching;
    }
  }

  async #printTable(
    runs: LiveRuns,
    {offline, wait}: {offline: boolean; wait: number | undefined},
  ): Promise<void> {
    if (offline || wait === 0) await runs.refresh({isOffline: true});
    else {
      const signal = AbortSignal.timeout((wait ?? ANSWER_SECONDS) * 1000);
      await runs.settle(signal, {isPatient: wait !== undefined});
    }
    this.print(renderStatus(runs.read().rows, {...terminal(), now: systemNow}));
  }
}
