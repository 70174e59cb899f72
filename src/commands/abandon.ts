import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {RunCommand} from '../cli/run-command.ts';
import {confirmByTyping} from '../cli/confirm.ts';
import {CosmosError} from '../errors.ts';
import {shortId} from '../manifest/names.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {plural} from '../views/format.ts';
import {abandon, isGivenUp} from '../runner/abandon.ts';
import type {Workspace} from '../workspace/workspace.ts';

export default class Abandon extends RunCommand {
  static override summary = 'Give runs up whose machine is gone for good. Contacts nobody.';
  static override description =
    'A machine that does not answer may only be asleep: cosmos never calls such a run failed by itself. This is your word that nothing will come home any more.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> rs_1a2b',
    '<%= config.bin %> <%= command.id %> --target lambda --reason "terminated the instance"',
  ];
  static override strict = false;
  static override args = {id: Args.string({description: 'ids of runs, or unique beginnings of them'})};
  static override flags = {
    target: Flags.string({description: 'every run that has not ended on this target'}),
    reason: Flags.string({description: 'why, for the record'}),
    yes: Flags.boolean({description: 'do not ask'}),
  };

  async run(): Promise<RunDocument[]> {
    const {argv, flags} = await this.parse(Abandon);
    return this.inWorkspace(flags, async (workspace) => {
      const ids = chooseRuns(workspace, argv as string[], flags.target);
      if (ids.length === 0) {
        this.print(`No run is open on ${flags.target ?? ''}. Nothing was changed.`);
        return [];
      }
      if (!flags.yes)
        await confirmByTyping(`This gives up ${plural(ids.length, 'run')} for good.`, 'abandon');
      const context = this.makeRunner(workspace);
      const runs: RunDocument[] = [];
      for (const id of ids) {
        const run = await abandon(context, id, flags.reason);
        const short = shortId(id);
        this.print(
          isGivenUp(run)
            ? `${short} is given up. Should the machine answer again: cosmos attach ${short}, or cosmos cancel ${short} to stop the job.`
            : `${short} had ended already: ${run.status}.`,
        );
        runs.push(run);
      }
      return runs;
    });
  }
}

function chooseRuns({index}: Workspace, words: readonly string[], target: string | undefined): string[] {
  if ((words.length === 0) === (target === undefined)) {
    throw new CosmosError('usage.invalid', 'Name the runs, or one target with --target.', {
      hint: 'For example: cosmos abandon rs_1a2b, or cosmos abandon --target lambda',
    });
  }
  if (target === undefined) return words.map((word) => index.resolve('runs', word));
  return index
    .listActiveRuns()
    .filter((run) => run.target === target)
    .map(({id}) => id);
}
