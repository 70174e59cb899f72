import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {RunCommand} from '../../cli/run-command.ts';
import {
  listUnusedInputs,
  removeInputs,
  removeStaleParts,
  type CachedInput,
} from '../../runner/targets/leftovers.ts';
import {formatBytes, plural} from '../../views/format.ts';

interface Cleaned {
  removed: CachedInput[];
  /** Not in the store here: another workspace may need them. */
  kept: number;
  isDryRun: boolean;
}

export default class TargetClean extends RunCommand {
  static override summary =
    'Remove inputs from the cache of a target: those that no job uses and that are at home.';
  static override description =
    'Shows what would go; --yes removes it. Job folders go by themselves once their outputs are verified at home.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> lambda',
    '<%= config.bin %> <%= command.id %> lambda --yes',
  ];
  static override args = {name: Args.string({description: 'name of the target', required: true})};
  static override flags = {yes: Flags.boolean({description: 'remove, instead of only showing'})};

  async run(): Promise<Cleaned> {
    const {args, flags} = await this.parse(TargetClean);
    return this.inWorkspace(flags, async (workspace) => {
      const target = await this.makeTargets(workspace).get(args.name);
      const unused = await listUnusedInputs(target);
      const isHome = await Promise.all(unused.map(async ({digest}) => workspace.store.find(digest)));
      const removed = unused.filter((_, index) => isHome[index]);
      const kept = unused.length - removed.length;
      if (flags.yes) {
        await removeInputs(target, removed);
        await removeStaleParts(target);
      }
      const bytes = formatBytes(removed.reduce((sum, {size}) => sum + size, 0));
      this.print(`${flags.yes ? 'Removed' : 'Would remove'} ${plural(removed.length, 'input')}, ${bytes}`);
      if (kept > 0)
        this.print(`${plural(kept, 'input')} not in this store: left for the workspace that sent them`);
      if (!flags.yes)
        this.print(
          removed.length === 0 ? 'Nothing was changed.' : 'Nothing was changed. Say --yes to remove them.',
        );
      return {removed, kept, isDryRun: !flags.yes};
    });
  }
}
