import * as Args from '@oclif/core/args';
import {RunCommand} from '../cli/run-command.ts';
import {followBeside, followRun} from '../cli/follow-run.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {isHeldElsewhere} from '../runner/reconcile.ts';
import {isTerminal} from '../runner/transitions.ts';

export default class Attach extends RunCommand {
  static override summary = 'Go on following a run that was left, to its end. Ctrl-C leaves it again.';
  static override examples = ['<%= config.bin %> <%= command.id %> rs_1a2b'];
  static override args = {
    id: Args.string({description: 'id of the run, or a unique beginning of it', required: true}),
  };

  async run(): Promise<RunDocument> {
    const {args, flags} = await this.parse(Attach);
    return this.inWorkspace(flags, async (workspace) => {
      const {documents, index, leases} = workspace;
      const id = index.resolve('runs', args.id);
      let run = await documents.read('runs', id);
      if (!isTerminal(run.status)) {
        const context = this.makeRunner(workspace);
        const isQuiet = this.jsonEnabled();
        const lease = await leases.acquire(`driving ${id}`, id).catch((error: unknown) => {
          if (isHeldElsewhere(error)) return undefined;
          throw error;
        });
        run = lease
          ? await followRun(context, run, lease, {isDetached: false, isQuiet})
          : await followBeside(context, run, isQuiet);
      }
      if (!isTerminal(run.status)) return run;
      await this.reportRun(workspace, run);
      return run;
    });
  }
}
