import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base-command.ts';
import {confirmByTyping} from '../../cli/confirm.ts';
import {durationFlag} from '../../cli/duration-flag.ts';
import {renderGc, renderPurge} from '../../views/gc.ts';
import {breakLease} from '../../workspace/break-lease.ts';
import {collectGarbage, purgeTrash, type CollectReport} from '../../workspace/garbage.ts';
import {parseDuration} from '../../workspace/settings/duration.ts';

type Purged = Awaited<ReturnType<typeof purgeTrash>>;

const DAY_MS = 24 * 60 * 60 * 1000;

export default class Gc extends BaseCommand {
  static override summary =
    'Move blobs that nothing names to the trash, and empty what lay there long enough.';
  static override description =
    'What a document names is kept, and what a running process has announced. Young blobs stay for the grace time. "cosmos gc undo" brings back what was moved.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --grace 1h',
    '<%= config.bin %> <%= command.id %> --purge --yes',
  ];
  static override flags = {
    'dry-run': Flags.boolean({char: 'n', description: 'only say what would be done'}),
    grace: Flags.string({
      description: 'leave alone what was stored more recently, as in 24h (setting gc.grace)',
      helpValue: 'TIME',
    }),
    'break-lease': Flags.string({
      description: 'first end this lease, which an error named: you know that its process is gone',
      helpValue: 'ID',
    }),
    purge: Flags.boolean({
      description: 'empty the trash at once; nothing brings that back',
      exclusive: ['dry-run', 'grace'],
    }),
    yes: Flags.boolean({description: 'do not ask before a purge', dependsOn: ['purge']}),
  };

  async run(): Promise<CollectReport | Purged> {
    const {flags} = await this.parse(Gc);
    return this.inWorkspace(flags, async (workspace) => {
      if (flags.purge) {
        if (!flags.yes) await confirmByTyping('This removes everything in the trash for good.', 'purge');
        const purged = await purgeTrash(workspace);
        this.print(renderPurge(purged));
        return purged;
      }
      if (flags['break-lease'] !== undefined) await breakLease(workspace, flags['break-lease']);
      const {settings} = await workspace.settings();
      const report = await collectGarbage(workspace, {
        graceMs: durationFlag('grace', flags.grace) ?? parseDuration(settings.gc.grace),
        trashMs: settings.gc.trashDays * DAY_MS,
        isDryRun: flags['dry-run'],
      });
      this.print(renderGc(report, settings.gc.trashDays));
      return report;
    });
  }
}
