import {availableParallelism} from 'node:os';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../cli/base-command.ts';
import {repairFlags} from '../cli/repair-flags.ts';
import {durationFlag} from '../cli/duration-flag.ts';
import {CosmosError, EXIT} from '../errors.ts';
import {withInterrupt} from '../platform/interrupt.ts';
import {ByteProgress} from '../views/byte-progress.ts';
import {renderVerify} from '../views/verify.ts';
import type {VerifyReport} from '../workspace/verify/report.ts';
import {verify} from '../workspace/verify/verify.ts';

export default class Verify extends BaseCommand {
  static override summary =
    'Prove that nothing is missing, altered or stuck. Exit code 12 when something is.';
  static override description =
    'Quick: documents against schema and catalog, every blob present with the right size. With --deep every byte is read and hashed again; damaged bytes go to quarantine and the runs that they touch are named. With --budget and --max-age a large store is proven a part at a time: the blobs that nobody has proven for longest come first, and what was proven is kept when it is stopped; a huge blob is gone on with where it was left, by CRC-32, which says where damage is and proves nothing until a SHA-256 goes through it in one piece.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --deep',
    '<%= config.bin %> <%= command.id %> --deep --run rs_1a2b',
    '<%= config.bin %> <%= command.id %> --deep --budget 10m --max-age 30d',
  ];
  static override flags = {
    deep: Flags.boolean({description: 're-read and re-hash every byte'}),
    run: Flags.string({description: 'only what this run names', helpValue: 'ID'}),
    repair: Flags.boolean({
      description: 'bring what is damaged or missing back from views, targets and --from',
    }),
    ...repairFlags(['repair']),
    'max-age': Flags.string({
      description: 'read only what was not proven within this time, as in 30d',
      helpValue: 'TIME',
      dependsOn: ['deep'],
    }),
    budget: Flags.string({
      description: 'begin no blob later than this, as in 10m; the next time goes on with the oldest proofs',
      helpValue: 'TIME',
      dependsOn: ['deep'],
    }),
    'cross-check': Flags.string({
      description: 'hash this part of the blobs with a second implementation of SHA-256 too, as in 5%',
      helpValue: 'PERCENT',
      dependsOn: ['deep'],
    }),
    strict: Flags.boolean({description: 'count notices (such as blobs that nothing names) as damage'}),
  };

  async run(): Promise<VerifyReport> {
    const {flags} = await this.parse(Verify);
    return this.inWorkspace(flags, async (workspace) => {
      const {settings} = await workspace.settings();
      const progress = new ByteProgress(process.stderr, 'hashed', this.jsonEnabled());
      // First of all: a mistake in a folder must not come out after hours of reading.
      const repair = flags.repair
        ? await (await import('../cli/make-repairer.ts')).makeRepairer(workspace, flags)
        : undefined;
      const report = await withInterrupt((signal) =>
        verify(workspace, {
          isDeep: flags.deep,
          isStrict: flags.strict,
          repair,
          run: flags.run === undefined ? undefined : workspace.index.resolve('runs', flags.run),
          maxAgeMs: durationFlag('max-age', flags['max-age']),
          budgetMs: durationFlag('budget', flags.budget),
          crossCheck: flags['cross-check'] === undefined ? undefined : shareOf(flags['cross-check']),
          workers: settings.verify.workers ?? availableParallelism(),
          onProgress: (done, total) => progress.update(done, total),
          signal,
        }),
      ).finally(() => progress.done());
      this.print(renderVerify(report));
      if (report.isInterrupted) this.endWith(EXIT.interrupted);
      if (!report.isSound) this.endWith(EXIT.integrity);
      return report;
    });
  }
}

/** 0 to 1 of `5%` or `5`. */
function shareOf(text: string): number {
  const percent = /^\d+(\.\d+)?(?=%?$)/.exec(text)?.[0];
  if (percent !== undefined && Number(percent) <= 100) return Number(percent) / 100;
  throw new CosmosError('usage.invalid', `--cross-check: ${JSON.stringify(text)} is no part of the blobs.`, {
    hint: 'Give 0 to 100 percent, as in 5%.',
  });
}
