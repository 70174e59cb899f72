import {resolve} from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base-command.ts';
import {EXIT} from '../../errors.ts';
import {unlessInterrupted} from '../../platform/interrupt.ts';
import {workingFolder} from '../../platform/working-folder.ts';
import {formatBytes, plural} from '../../views/format.ts';
import {putFiles, type PutReport} from '../../workspace/put-files.ts';

/** More than this many lines help nobody; --json has them all. */
const SHOWN = 20;

export default class BlobPut extends BaseCommand {
  static override summary = 'Store files, durably, under a ref that keeps them.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> clip.mp4',
    '<%= config.bin %> <%= command.id %> *.png --name plates',
  ];
  static override strict = false;
  static override args = {file: Args.string({description: 'one or more files', required: true})};
  static override flags = {
    name: Flags.string({description: 'name of the ref; made from the files when it is not given'}),
  };

  async run(): Promise<PutReport | null> {
    // What stands before the first flag needs no parser; oclif's compares each of thousands of names with all others.
    const firstFlag = this.argv.findIndex((word) => word.startsWith('-'));
    const plain = this.argv.slice(0, Math.max(0, (firstFlag < 0 ? this.argv.length : firstFlag) - 1));
    const {argv, flags} = await this.parse(BlobPut, this.argv.slice(plain.length));
    const files = [...plain, ...(argv as string[])].map((file) => resolve(workingFolder(), file));
    return this.inWorkspace(flags, async (workspace) => {
      const report = await unlessInterrupted((signal) =>
        putFiles(workspace, files, {name: flags.name, signal}),
      );
      if (!report) {
        this.tell('Stopped. Nothing was stored; the same command begins again.');
        this.endWith(EXIT.interrupted);
        return null;
      }
      const {entries} = report;
      this.print(
        entries.slice(0, SHOWN).map(({digest, size, name}) => `${digest}  ${formatBytes(size)}  ${name}`),
      );
      if (entries.length > SHOWN) this.print(`… and ${plural(entries.length - SHOWN, 'more file')}`);
      this.print(`${report.isNew ? 'Kept' : 'Was kept already'} by the ref ${report.ref}`);
      return report;
    });
  }
}
