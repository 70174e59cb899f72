import * as Args from '@oclif/core/args';
import {QueueCommand} from '../../cli/queue-command.ts';
import type {RunDocument} from '../../manifest/types.gen.ts';

export default class QueueRelease extends QueueCommand {
  static override summary = 'Let a run that was held go on in the line for a GPU, at its old place.';
  static override examples = ['<%= config.bin %> <%= command.id %> rs_1a2b'];
  static override args = {
    id: Args.string({description: 'id of the run, or a unique beginning of it', required: true}),
  };

  async run(): Promise<RunDocument> {
    const {args, flags} = await this.parse(QueueRelease);
    return this.changePlace(flags, args.id, 'release');
  }
}
