import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../cli/base-command.ts';
import {terminal} from '../cli/terminal.ts';
import {renderDiff} from '../views/run-diff.ts';
import {diffRuns, type RunDifference} from '../workspace/diff-runs.ts';
import {diffOutputs, type ComparedOutput} from '../workspace/verify-rerun.ts';

export default class Diff extends BaseCommand {
  static override summary = 'Say what differs between two runs. Never contacts a target.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> rs_1a2b rs_3c4d',
    '<%= config.bin %> <%= command.id %> rs_1a2b rs_3c4d --pixels --json',
  ];
  static override description =
    '--pixels compares what came out of two completed runs, by name: the same bytes, the same pictures, or for each video PSNR and SSIM of its luma. Outputs that say how a run went (role "extra") are left out.';
  static override args = {
    a: Args.string({description: 'id of a run, or a unique beginning of it', required: true}),
    b: Args.string({description: 'id of another', required: true}),
  };

  static override flags = {
    pixels: Flags.boolean({description: 'compare the outputs themselves, videos frame by frame'}),
  };

  async run(): Promise<RunDifference & {pictures?: ComparedOutput[]}> {
    const {args, flags} = await this.parse(Diff);
    return this.inWorkspace(flags, async (workspace) => {
      const difference = await diffRuns(workspace, args.a, args.b);
      const pictures = flags.pixels ? await diffOutputs(workspace, args.a, args.b) : undefined;
      this.print(renderDiff(difference, terminal(), pictures));
      return {...difference, ...(pictures && {pictures})};
    });
  }
}
