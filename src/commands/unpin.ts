import * as Args from '@oclif/core/args';
import {BaseCommand} from '../cli/base-command.ts';
import {unpin} from '../workspace/pins.ts';

export default class Unpin extends BaseCommand {
  static override summary = 'Let go of a pin.';
  static override examples = ['<%= config.bin %> <%= command.id %> rs_1a2b'];
  static override args = {
    what: Args.string({description: 'name of the pin, or the run or digest that it keeps', required: true}),
  };

  async run(): Promise<{unpinned: string[]}> {
    const {args, flags} = await this.parse(Unpin);
    return this.inWorkspace(flags, async (workspace) => {
      const unpinned = await unpin(workspace, args.what);
      this.print(unpinned.map((name) => `Let go of ${name}`));
      return {unpinned};
    });
  }
}
