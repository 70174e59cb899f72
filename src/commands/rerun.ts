import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {StartCommand} from '../cli/start-command.ts';
import {terminal} from '../cli/terminal.ts';
import {EXIT} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {workingFolder} from '../platform/working-folder.ts';
import type {PlannedRun} from '../runner/create.ts';
import {renderRerun} from '../views/rerun.ts';
import {PLAIN_REQUEST, type StartRequest} from '../workspace/start-run.ts';
import {compareRuns, readComparable, type RerunReport} from '../workspace/verify-rerun.ts';
import type {Workspace} from '../workspace/workspace.ts';

export default class Rerun extends StartCommand {
  static override summary =
    'Make a run again: the same model, inputs, parameters and seed, as a new run linked to it.';
  static override description =
    '--verify follows it to its end and compares what came out: the same bytes, the same pictures, or for each video PSNR and SSIM of its luma. Exit code 16 when anything differs. "cosmos run --from" makes a run again with something changed.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> rs_1a2b --verify',
    '<%= config.bin %> <%= command.id %> rs_1a2b --target other-box --detach',
  ];
  static override args = {
    id: Args.string({description: 'id of the run, or a unique beginning of it', required: true}),
  };
  static override flags = {
    verify: Flags.boolean({
      description: 'compare the outputs with those of the first run',
      exclusive: ['detach', 'dry-run'],
    }),
    target: Flags.string({char: 't', description: 'where it runs; else where the first one ran'}),
    detach: Flags.boolean({char: 'd', description: 'return as soon as the job has started, or waits there'}),
    'dry-run': Flags.boolean({char: 'n', description: 'check everything and show what would be done'}),
  };

  async run(): Promise<RunDocument | RunDocument[] | PlannedRun | PlannedRun[] | RerunReport> {
    const {args, flags} = await this.parse(Rerun);
    const request: StartRequest = {
      ...PLAIN_REQUEST,
      source: undefined,
      folder: workingFolder(),
      from: {run: args.id, as: 'again'},
      target: flags.target,
    };
    return this.inWorkspace(flags, async (workspace): Promise<Awaited<ReturnType<typeof this.run>>> => {
      if (flags.verify) return this.#verify(workspace, args.id, request);
      return this.startAndFollow(workspace, request, {
        isDetached: flags.detach,
        isDryRun: flags['dry-run'],
      });
    });
  }

  async #verify(workspace: Workspace, id: string, request: StartRequest): Promise<RunDocument | RerunReport> {
    const before = await readComparable(workspace, id);
    const after = await this.startAndFollow(workspace, request, {isDetached: false, isDryRun: false});
    if (!('status' in after) || after.status !== 'completed') return after as RunDocument;
    const report = await compareRuns(workspace, before, after);
    this.print(renderRerun(report, terminal()));
    if (!report.isSame) this.endWith(EXIT.different);
    return report;
  }
}
