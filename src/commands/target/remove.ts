import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {TargetCommand} from '../../cli/target-command.ts';
import {CosmosError} from '../../errors.ts';
import {shortId} from '../../manifest/names.ts';
import {fileOfTarget, removeTarget} from '../../workspace/target-file.ts';

export default class TargetRemove extends TargetCommand {
  static override summary = 'Forget a target. Nothing on the machine is touched.';
  static override examples = ['<%= config.bin %> <%= command.id %> lambda'];
  static override args = {name: Args.string({description: 'name of the target', required: true})};
  static override flags = {
    force: Flags.boolean({description: 'although runs of this workspace have not ended there'}),
  };

  async run(): Promise<{name: string; file: string}> {
    const {args, flags} = await this.parse(TargetRemove);
    const {settings} = await this.findTarget(flags, args.name);
    if (!flags.force) await this.#refuseWithRuns(flags, args.name);
    const file = fileOfTarget(settings, args.name);
    await removeTarget(file, args.name);
    this.print(`Removed the target ${args.name} from ${file}. What is on the machine is still there.`);
    return {name: args.name, file};
  }

  async #refuseWithRuns(flags: {workspace?: string | undefined}, name: string): Promise<void> {
    const open = await this.inWorkspace(flags, ({index}) =>
      Promise.resolve(index.listActiveRuns().filter(({target}) => target === name)),
    ).catch((error: unknown) => {
      if (error instanceof CosmosError && error.code === 'workspace.missing') return [];
      throw error;
    });
    if (open.length === 0) return;
    const ids = open.map(({id}) => shortId(id)).join(', ');
    throw new CosmosError('usage.invalid', `Runs have not ended on ${name}: ${ids}.`, {
      hint: `Bring them home with "cosmos target drain ${name}", or give them up with "cosmos abandon --target ${name}". --force forgets the target all the same.`,
    });
  }
}
