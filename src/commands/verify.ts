import {availableParallelism} from 'node:os';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../cli/base-command.ts';
import {EXIT} from '../errors.ts';
import {withInterrupt} from '../platform/interrupt.ts';
import {ByteProgress} from '../views/byte-progress.ts';
import {renderVerify} from '../views/verify.ts';
import type {VerifyReport} from '../workspace/verify/report.ts';
import {verify} from '../workspace/verify/verify.ts';

export default class Verify extends BaseCommand {
  static override summary =
    'Prove that nothing is missing, altered or stuck. Exit code 12 when something is.';
  static override description =
    'Quick: documents against schema and catalog, every blob present with the right size. With --deep every byte is read and hashed again; damaged bytes go to quarantine and the runs that they touch are named.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --deep',
    '<%= config.bin %> <%= command.id %> --deep --run rs_1a2b',
  ];
  static override flags = {
    deep: Flags.boolean({description: 're-read and re-hash every byte'}),
    run: Flags.string({description: 'only what this run names', helpValue: 'ID'}),
    strict: Flags.boolean({description: 'count notices (such as blobs that nothing names) as damage'}),
  };

  async run(): Promise<VerifyReport> {
    const {flags} = await this.parse(Verify);
    return this.inWorkspace(flags, async (workspace) => {
      const {settings} = await workspace.settings();
      const progress = new ByteProgress(process.stderr, 'hashed', this.jsonEnabled());
      const report = await withInterrupt((signal) =>
        verify(workspace, {
          isDeep: flags.deep,
          isStrict: flags.strict,
          run: flags.run === undefined ? undefined : workspace.index.resolve('runs', flags.run),
          workers: settings.verify.workers ?? availableParallelism(),
          onProgress: (done, total) => progress.update(done, total),
          signal,
        }),
      ).finally(() => progress.done());
      this.print(renderVerify(report));
      if (!report.isSound) this.endWith(EXIT.integrity);
      return report;
    });
  }
}
