import {homedir} from 'node:os';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base-command.ts';
import {renderSettings} from '../../views/settings.ts';
import {loadSettings} from '../../workspace/settings/load.ts';
import type {SettingEntry} from '../../workspace/settings/types.ts';
import {settingsSources} from '../../workspace/workspace.ts';

export default class ConfigShow extends BaseCommand {
  static override summary = 'Show every setting with its value.';
  static override examples = ['<%= config.bin %> <%= command.id %> --origin'];
  static override flags = {origin: Flags.boolean({description: 'say where each value comes from'})};

  async run(): Promise<SettingEntry[]> {
    const {flags} = await this.parse(ConfigShow);
    const settings = await loadSettings(
      settingsSources(await this.findRoot(flags), {env: process.env, home: homedir()}),
    );
    const entries = settings.entries();
    this.print(renderSettings(entries, flags.origin));
    return entries;
  }
}
