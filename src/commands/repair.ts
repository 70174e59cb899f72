import * as Args from '@oclif/core/args';
import {BaseCommand} from '../cli/base-command.ts';
import {makeRepairer} from '../cli/make-repairer.ts';
import {repairFlags} from '../cli/repair-flags.ts';
import {EXIT} from '../errors.ts';
import {renderRepair} from '../views/repair.ts';
import type {RepairReport} from '../workspace/repair/repair.ts';
import {findWanted} from '../workspace/repair/wanted.ts';

export default class Repair extends BaseCommand {
  static override summary =
    'Bring the bytes of damaged or missing blobs back from whatever has them: views, targets, a copy. Exit code 12 when one is lost.';
  static override description =
    'Every byte that comes is hashed before it counts. Damaged bytes stay in storage/quarantine. Of what nobody has it says which runs lose what, and how that can be made again. "cosmos verify --deep --repair" finds what is damaged and repairs it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 9f86d081',
    '<%= config.bin %> <%= command.id %> 9f86d081 --from /mnt/copy-of-films --offline',
  ];
  static override strict = false;
  static override args = {
    digest: Args.string({
      description: 'digests, or unique beginnings of their hexadecimal parts',
      required: true,
    }),
  };
  static override flags = repairFlags();

  async run(): Promise<RepairReport> {
    const {argv, flags} = await this.parse(Repair);
    return this.inWorkspace(flags, async (workspace) => {
      const digests = (argv as string[]).map((text) => findWanted(workspace, text));
      const repair = await makeRepairer(workspace, flags);
      const report = await repair(digests);
      this.print(renderRepair(report));
      if (report.lost.length > 0) this.endWith(EXIT.integrity);
      return report;
    });
  }
}
