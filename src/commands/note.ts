import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../cli/base-command.ts';
import {CosmosError} from '../errors.ts';
import {shortId} from '../manifest/names.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {noteRuns} from '../workspace/annotate.ts';

export default class Note extends BaseCommand {
  static override summary = 'Write a note to a run, or take it away.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> rs_1a2b "the light on the left wall is right"',
    '<%= config.bin %> <%= command.id %> rs_1a2b --clear',
  ];
  static override args = {
    id: Args.string({description: 'id of the run, or a unique beginning of it', required: true}),
    text: Args.string({description: 'the note; it takes the place of the one before'}),
  };
  static override flags = {clear: Flags.boolean({description: 'take the note away'})};

  async run(): Promise<Pick<RunDocument, 'id' | 'notes'>> {
    const {args, flags} = await this.parse(Note);
    if (flags.clear ? args.text !== undefined : args.text === undefined)
      throw new CosmosError('usage.invalid', 'Give the text of the note, or --clear.', {
        hint: 'Write it like: cosmos note rs_1a2b "the light is right"',
      });
    return this.inWorkspace(flags, async (workspace) => {
      const [run] = await noteRuns(workspace, [args.id], args.text ?? null);
      if (!run) throw new Error('one run was changed');
      this.print(`${shortId(run.id)}  ${run.notes === null ? 'no note' : 'noted'}`);
      return {id: run.id, notes: run.notes};
    });
  }
}
