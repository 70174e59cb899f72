import * as Args from '@oclif/core/args';
import {RunCommand} from '../cli/run-command.ts';
import {followBeside, followRun} from '../cli/follow-run.ts';
import {shortId} from '../manifest/names.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {withInterrupt} from '../platform/interrupt.ts';
import {isGivenUp} from '../runner/abandon.ts';
import {bringLateHome} from '../runner/late.ts';
import type {RunnerContext} from '../runner/context.ts';
import {isHeldElsewhere} from '../runner/reconcile.ts';
import {isTerminal} from '../runner/transitions.ts';
import type {Workspace} from '../workspace/workspace.ts';

export default class Attach extends RunCommand {
  static override summary = 'Go on following a run that was left, to its end. Ctrl-C leaves it again.';
  static override description =
    'Of a run that was given up, brings home what its job has left on the machine, if that answers again; the run stays failed.';
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
      if (!isTerminal(run.status)) run = await this.#follow(this.makeRunner(workspace), run);
      if (isGivenUp(run)) run = await this.#attachLate(workspace, run);
      if (!isTerminal(run.status)) return run;
      await this.reportRun(workspace, run);
      return run;
    });
  }

  /** Drives the run as soon as nobody else does. */
  async #follow(context: RunnerContext, run: RunDocument): Promise<RunDocument> {
    const isQuiet = this.jsonEnabled();
    for (;;) {
      const lease = await context.leases.acquire(`driving ${run.id}`, run.id).catch(forgiveHeld);
      if (lease) return followRun(context, run, lease, {isDetached: false, isQuiet});
      const beside = await followBeside(context, run, isQuiet);
      if (beside.isOver) return beside.run;
    }
  }

  /** A run that was given up stays failed; what its job left on the machine comes home, now that somebody asks. */
  async #attachLate(workspace: Workspace, {id, execution: {target}}: RunDocument): Promise<RunDocument> {
    const short = shortId(id);
    const state = await withInterrupt((signal) =>
      bringLateHome(this.makeRunner(workspace), id, {
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

function forgiveHeld(error: unknown): undefined {
  if (!isHeldElsewhere(error)) throw error;
}
