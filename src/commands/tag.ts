import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../cli/base-command.ts';
import {CosmosError} from '../errors.ts';
import {shortId} from '../manifest/names.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {cleanLine} from '../views/text.ts';
import {tagRuns} from '../workspace/annotate.ts';

export default class Tag extends BaseCommand {
  static override summary = 'Give runs tags, or take them away.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> rs_1a2b --add keeper --add "shot 12"',
    '<%= config.bin %> <%= command.id %> rs_1a2b rs_3c4d --remove draft',
  ];
  static override strict = false;
  static override args = {
    id: Args.string({
      description: 'id of a run, or a unique beginning of it; several may be given',
      required: true,
    }),
  };
  static override flags = {
    add: Flags.string({description: 'a tag that the runs get', multiple: true, multipleNonGreedy: true}),
    remove: Flags.string({description: 'a tag that they lose', multiple: true, multipleNonGreedy: true}),
  };

  async run(): Promise<Pick<RunDocument, 'id' | 'tags'>[]> {
    const {argv, flags} = await this.parse(Tag);
    const {add = [], remove = []} = flags;
    if (add.length + remove.length === 0)
      throw new CosmosError('usage.invalid', 'There is neither --add nor --remove.', {
        hint: 'Write it like: cosmos tag rs_1a2b --add keeper',
      });
    return this.inWorkspace(flags, async (workspace) => {
      const runs = await tagRuns(workspace, argv.map(String), {add, remove});
      for (const {id, tags} of runs)
        this.print(`${shortId(id)}  ${tags.length === 0 ? 'no tags' : tags.map(cleanLine).join(', ')}`);
      return runs.map(({id, tags}) => ({id, tags}));
    });
  }
}
