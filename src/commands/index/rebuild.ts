import {BaseCommand} from '../../cli/base-command.ts';
import {EXIT} from '../../errors.ts';
import {plural} from '../../views/format.ts';
import type {RebuildReport} from '../../workspace/open-catalog.ts';
import {rebuildIndex} from '../../workspace/rebuild-index.ts';

const LEFT_OUT_ADVICE =
  'Nothing of what was left out is lost, but no command sees it: bring these files back from a backup, then rebuild again.';

const GONE_ADVICE =
  'Nobody knows of what is gone from now on, and "cosmos gc" may take what it named. If you miss it, bring the files back from a backup before that, then rebuild again.';

export default class IndexRebuild extends BaseCommand {
  static override summary =
    'Make the catalog again from documents and blobs. Refuses while another process is at work.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<RebuildReport> {
    const {flags} = await this.parse(IndexRebuild);
    const workspace = await this.openWorkspace(flags);
    try {
      const report = await rebuildIndex(workspace);
      this.print(
        `Made the catalog again: ${plural(report.documents, 'document')}, ${plural(report.blobs, 'blob')}.`,
      );
      for (const {reason} of report.invalid) this.print(`Left out: ${reason}`);
      if (report.invalid.length > 0) this.print(LEFT_OUT_ADVICE);
      for (const name of report.gone)
        this.print(`Gone: ${name}, which was known and whose file is not there`);
      if (report.gone.length > 0) this.print(GONE_ADVICE);
      if (report.invalid.length + report.gone.length > 0) this.endWith(EXIT.integrity);
      return report;
    } finally {
      await workspace.close();
    }
  }
}
