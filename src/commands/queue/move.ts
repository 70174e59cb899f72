import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {QueueCommand} from '../../cli/queue-command.ts';
import type {RunDocument} from '../../manifest/types.gen.ts';

export default class QueueMove extends QueueCommand {
  static override summary = 'Move a run before all others in the line for a GPU.';
  static override examples = ['<%= config.bin %> <%= command.id %> rs_1a2b --first'];
  static override args = {
    id: Args.string({description: 'id of the run, or a unique beginning of it', required: true}),
  };
  static override flags = {
    first: Flags.boolean({description: 'to the front: the only place there is to move to', required: true}),
  };

  async run(): Promise<RunDocument> {
    const {args, flags} = await this.parse(QueueMove);
    return this.changePlace(flags, args.id, 'first');
  }
}
