import * as Args from '@oclif/core/args';
import {QueueCommand} from '../../cli/queue-command.ts';
import type {RunDocument} from '../../manifest/types.gen.ts';

export default class QueueHold extends QueueCommand {
  static override summary = 'Let a run wait in the line for a GPU until it is released; the others pass it.';
  static override description =
    'It keeps its place, and stays held with no cosmos running, and in its next attempt.';
  static override examples = ['<%= config.bin %> <%= command.id %> rs_1a2b'];
  static override args = {
    id: Args.string({description: 'id of the run, or a unique beginning of it', required: true}),
  };

  async run(): Promise<RunDocument> {
    const {args, flags} = await this.parse(QueueHold);
    return this.changePlace(flags, args.id, 'hold');
  }
}
