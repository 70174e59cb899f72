import {homedir} from 'node:os';
import {dirname, join} from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base-command.ts';
import {ensureFolder, publishText} from '../../platform/publish.ts';
import {SETTINGS_FILE} from '../../workspace/discover.ts';
import {userSettingsFile} from '../../workspace/settings/user-file.ts';
import {writeSetting} from '../../workspace/settings/write.ts';

export default class ConfigSet extends BaseCommand {
  static override summary =
    'Change one setting in a cosmos.toml; every other byte of the file stays as it is.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> gc.grace 48h',
    '<%= config.bin %> <%= command.id %> views.auto false --user',
  ];
  static override args = {
    key: Args.string({description: 'dotted key', required: true}),
    value: Args.string({description: 'the new value', required: true}),
  };
  static override flags = {
    user: Flags.boolean({description: "in the user's own file instead of the workspace's"}),
  };

  async run(): Promise<{file: string; key: string; value: string}> {
    const {args, flags} = await this.parse(ConfigSet);
    const file = flags.user
      ? userSettingsFile(process.env, process.platform, homedir())
      : join(await this.findRoot(flags), SETTINGS_FILE);
    await writeSetting(file, args.key, args.value, async (path, text) => {
      await ensureFolder(dirname(path));
      await publishText(path, text);
    });
    this.print(`${args.key} = ${args.value}  (${file})`);
    return {file, key: args.key, value: args.value};
  }
}
