import * as Args from '@oclif/core/args';
import {TargetCommand} from '../../cli/target-command.ts';
import {CosmosError} from '../../errors.ts';
import {parseNewTarget} from '../../workspace/target-file.ts';

export default class TargetAdd extends TargetCommand {
  static override summary = 'Tell cosmos of a machine that it can run jobs on.';
  static override description =
    'Written to your own settings file, or with --workspace to that of the workspace. Nothing is contacted; a key file is looked at. Every KEY is in docs/configuration.md under targets.NAME.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> lambda ubuntu@203.0.113.7 image=cosmos-transfer1:latest checkout=/home/ubuntu/cosmos-transfer1 checkpoints=/home/ubuntu/checkpoints price=2.49',
    '<%= config.bin %> <%= command.id %> render render.studio.lan launcher=process root=/data/cosmos',
  ];
  static override usage = 'target add NAME [USER@]HOST[:PORT] [KEY=VALUE...]';
  static override strict = false;
  static override args = {
    name: Args.string({description: 'what to call it', required: true}),
    address: Args.string({
      description: '[USER@]HOST[:PORT], or an alias of your ssh configuration',
      required: true,
    }),
  };

  async run(): Promise<{name: string; file: string}> {
    const {args, argv, flags} = await this.parse(TargetAdd);
    const {name} = args;
    const {settings} = await this.loadSettings(flags);
    if (settings.targets[name]) {
      throw new CosmosError('usage.invalid', `There is a target "${name}" already.`, {
        hint: `Change it with: cosmos target set ${name} KEY=VALUE`,
      });
    }
    const file = await this.newTargetFile(flags);
    await this.writeTarget(file, name, {changes: parseNewTarget(args.address, (argv as string[]).slice(2))});
    this.print([
      `Added the target ${name} to ${file}`,
      `Next: cosmos target trust ${name}    then: cosmos target check ${name}`,
    ]);
    return {name, file};
  }
}
