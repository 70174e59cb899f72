import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../cli/base-command.ts';
import type {PinDocument} from '../manifest/types.gen.ts';
import {plural} from '../views/format.ts';
import {pin} from '../workspace/pins.ts';

export default class Pin extends BaseCommand {
  static override summary = 'Keep a run or a blob, whatever gc and deletion think.';
  static override examples = ['<%= config.bin %> <%= command.id %> rs_1a2b --reason "shown to the client"'];
  static override args = {what: Args.string({description: 'id of a run, or a digest', required: true})};
  static override flags = {
    name: Flags.string({description: 'name of the pin; the id of the run when it is not given'}),
    reason: Flags.string({description: 'why'}),
  };

  async run(): Promise<PinDocument> {
    const {args, flags} = await this.parse(Pin);
    return this.inWorkspace(flags, async (workspace) => {
      const document = await pin(workspace, {
        what: args.what,
        name: flags.name,
        owner: this.person,
        reason: flags.reason ?? null,
      });
      this.print(
        `Pinned as ${document.name}: ${plural(document.blobs.length, 'blob')}. Let go with: cosmos unpin ${document.name}`,
      );
      return document;
    });
  }
}
