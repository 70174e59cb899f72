import * as Args from '@oclif/core/args';
import {TargetCommand} from '../../cli/target-command.ts';
import {renderSettings} from '../../views/settings.ts';
import type {SettingEntry} from '../../workspace/settings/types.ts';

export default class TargetShow extends TargetCommand {
  static override summary = 'Show what cosmos knows of a target, and where it is written. Contacts nobody.';
  static override examples = ['<%= config.bin %> <%= command.id %> lambda'];
  static override args = {name: Args.string({description: 'name of the target', required: true})};

  async run(): Promise<SettingEntry[]> {
    const {args, flags} = await this.parse(TargetShow);
    const {settings} = await this.findTarget(flags, args.name);
    const entries = settings
      .entries()
      .filter(
        ({key}) => key.startsWith(`targets.${args.name}.`) || key.startsWith(`targets."${args.name}".`),
      );
    this.print(renderSettings(entries, true));
    return entries;
  }
}
