import * as Args from '@oclif/core/args';
import {RunCommand} from '../../cli/run-command.ts';
import {terminal} from '../../cli/terminal.ts';
import {CosmosError, EXIT} from '../../errors.ts';
import {renderQueue} from '../../views/queue.ts';
import {readQueue, type TargetQueue} from '../../workspace/queue.ts';
import {findTarget, LOCAL} from '../../workspace/targets.ts';

export default class Queue extends RunCommand {
  static override summary = 'Show who has the GPUs of a target, and who waits for them in which order.';
  static override description =
    'Asks every target of the settings, or the one that is named, for at most 5 seconds each. A start is estimated from completed runs of the same model; it is unknown when anything ahead is. Exit code 13 when no target could be asked.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> lambda --json',
  ];
  static override args = {target: Args.string({description: 'name of a target; default all'})};

  async run(): Promise<TargetQueue[]> {
    const {args, flags} = await this.parse(Queue);
    return this.inWorkspace(flags, async (workspace) => {
      const {settings} = await workspace.settings();
      if (args.target === LOCAL) throw noLine();
      if (args.target !== undefined) findTarget(args.target, settings);
      const names = args.target === undefined ? Object.keys(settings.targets) : [args.target];
      const targets = this.makeTargets(workspace, {isQuiet: true});
      const queues = await Promise.all(names.map((name) => readQueue(workspace, targets, name)));
      this.print(renderQueue(queues, {...terminal(), now: workspace.now}));
      if (queues.length > 0 && queues.every(({problem}) => problem !== null)) this.endWith(EXIT.unreachable);
      return queues;
    });
  }
}

function noLine(): CosmosError {
  return new CosmosError('usage.invalid', 'local is this machine; its runs wait for no GPU.', {
    hint: 'Name a target that "cosmos target list" shows.',
  });
}
