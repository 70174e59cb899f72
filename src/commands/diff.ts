import * as Args from '@oclif/core/args';
import {BaseCommand} from '../cli/base-command.ts';
import {terminal} from '../cli/terminal.ts';
import {renderDiff} from '../views/run-diff.ts';
import {diffRuns, type RunDifference} from '../workspace/diff-runs.ts';

export default class Diff extends BaseCommand {
  static override summary = 'Say what differs between two runs. Never contacts a target.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> rs_1a2b rs_3c4d',
    '<%= config.bin %> <%= command.id %> rs_1a2b rs_3c4d --json',
  ];
  static override args = {
    a: Args.string({description: 'id of a run, or a unique beginning of it', required: true}),
    b: Args.string({description: 'id of another', required: true}),
  };

  async run(): Promise<RunDifference> {
    const {args, flags} = await this.parse(Diff);
    return this.inWorkspace(flags, async (workspace) => {
      const difference = await diffRuns(workspace, args.a, args.b);
      this.print(renderDiff(difference, terminal()));
      return difference;
    });
  }
}
