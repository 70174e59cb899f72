import {homedir} from 'node:os';
import * as Args from '@oclif/core/args';
import {BaseCommand} from '../../cli/base-command.ts';
import {findSetting} from '../../workspace/settings/find.ts';
import type {SettingEntry} from '../../workspace/settings/types.ts';
import {settingsSources} from '../../workspace/workspace.ts';
import {loadSettings} from '../../workspace/settings/load.ts';

export default class ConfigGet extends BaseCommand {
  static override summary = 'Print the value of one setting.';
  static override examples = ['<%= config.bin %> <%= command.id %> gc.grace'];
  static override args = {key: Args.string({description: 'dotted key', required: true})};

  async run(): Promise<SettingEntry> {
    const {args, flags} = await this.parse(ConfigGet);
    const settings = await loadSettings(
      settingsSources(await this.findRoot(flags), {env: process.env, home: homedir()}),
    );
    const entry = findSetting(settings, args.key);
    this.print(typeof entry.value === 'string' ? entry.value : JSON.stringify(entry.value ?? null));
    return entry;
  }
}
