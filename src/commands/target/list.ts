import {terminal} from '../../cli/terminal.ts';
import {TargetCommand} from '../../cli/target-command.ts';
import {renderTargets, type TargetRow} from '../../views/targets.ts';

export default class TargetList extends TargetCommand {
  static override summary = 'List the targets. Contacts nobody.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<TargetRow[]> {
    const {flags} = await this.parse(TargetList);
    const loaded = await this.loadSettings(flags);
    const rows = Object.entries(loaded.settings.targets).map(([name, target]) => ({
      name,
      host: target.host,
      user: target.user ?? null,
      port: target.port ?? null,
      launcher: target.launcher,
      image: target.image ?? null,
      price: target.price ?? null,
      currency: target.currency,
      file: loaded.origin(`targets.${name}`).file ?? null,
    }));
    this.print(renderTargets(rows, terminal()));
    return rows;
  }
}
