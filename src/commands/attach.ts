import * as Args from '@oclif/core/args';
import {RunCommand} from '../cli/run-command.ts';
import {followInTurn} from '../cli/follow-run.ts';
import {shortId} from '../manifest/names.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {withInterrupt} from '../platform/interrupt.ts';
import {isGivenUp} from '../runner/abandon.ts';
import {bringLateHome} from '../runner/late.ts';
import type {RunnerContext} from '../runner/context.ts';
import {isTerminal} from '../runner/transitions.ts';
import type {Workspace} from '../workspace/workspace.ts';

export default class Attach extends RunCommand {
  static override summary = 'Go on following a run that was left, to its end. Ctrl-C leaves it again.';
  static override description =
    'Where an upscale follows the run, follows that too. Of a run that was given up, brings home what its job has left on the machine, if that answers again; the run stays failed.';
  static override examples = ['<%= config.bin %> <%= command.id %> rs_1a2b'];
  static override args = {
    id: Args.string({description: 'id of the run, or a unique beginning of it', required: true}),
  };

  async run(): Promise<RunDocument> {
    const {args, flags} = await this.parse(Attach);
    return this.inWorkspace(flags, async (workspace) => {
      const {documents, index} = workspace;
      const id = index.resolve('runs', args.id);
      let run = await documents.read('runs', id);
      const runner = this.makeRunner(workspace);
      const isQuiet = this.jsonEnabled();
      if (!isTerminal(run.status)) run = await followInTurn(runner, run, {isDetached: false, isQuiet});
      if (isGivenUp(run)) run = await this.#attachLate(workspace, runner, run);
      if (!isTerminal(run.status)) return run;
      await this.reportRun(workspace, run);
      await this.followNext(workspace, runner, {run, isDetached: false});
      return run;
    });
  }

  /** A run that was given up stays failed; what its job left on the machine comes home, now that somebody asks. */
  async #attachLate(
    workspace: Workspace,
    runner: RunnerContext,
    {id, execution: {target}}: RunDocument,
  ): Promise<RunDocument> {
    const short = shortId(id);
    const state = await withInterrupt((signal) =>
      bringLateHome(runner, id, {
        signal,
        onRunning: () =>
          this.tell(
            `the job of ${short} still runs on ${target}: cosmos cancel ${short} stops it. Ctrl-C leaves.`,
          ),
      }),
    );
    if (state === 'gone') this.tell(`nothing of ${short} is on ${target} any more`);
    if (state === 'running')
      this.tell(`left; the job goes on: cosmos attach ${short} brings home what it makes`);
    return workspace.documents.read('runs', id);
  }
}
