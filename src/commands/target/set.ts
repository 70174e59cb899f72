import * as Args from '@oclif/core/args';
import {TargetCommand} from '../../cli/target-command.ts';
import {CosmosError} from '../../errors.ts';
import {fileOfTarget, parsePairs} from '../../workspace/target-file.ts';

export default class TargetSet extends TargetCommand {
  static override summary = 'Change a target, such as its address. Runs in flight go on.';
  static override description =
    'A run remembers the folder of its job and the machine that has it; a new address reaches them again. KEY= takes a key away.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> lambda host=203.0.113.9',
    '<%= config.bin %> <%= command.id %> lambda price=1.99 user=',
  ];
  static override usage = 'target set NAME KEY=VALUE...';
  static override strict = false;
  static override args = {
    name: Args.string({description: 'name of the target', required: true}),
    change: Args.string({description: 'one or more KEY=VALUE', required: true}),
  };

  async run(): Promise<{name: string; file: string}> {
    const {args, argv, flags} = await this.parse(TargetSet);
    const {settings, target} = await this.findTarget(flags, args.name);
    const changes = parsePairs((argv as string[]).slice(1));
    if (changes['host'] === null) {
      throw new CosmosError('usage.invalid', 'A target cannot be without a host.', {
        hint: `Give its address: cosmos target set ${args.name} host=ADDRESS`,
      });
    }
    const file = fileOfTarget(settings, args.name);
    await this.writeTarget(file, args.name, {changes, before: target});
    this.print(`Changed the target ${args.name} in ${file}`);
    if ('host' in changes || 'port' in changes) this.print(`Next: cosmos target trust ${args.name}`);
    return {name: args.name, file};
  }
}
