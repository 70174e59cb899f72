import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {commonFlags, commonRequest} from '../cli/common-run.ts';
import {StartCommand} from '../cli/start-command.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {workingFolder} from '../platform/working-folder.ts';
import type {PlannedRun} from '../runner/create.ts';
import {itemsOf, parseAxis} from '../workspace/sweep.ts';

export default class Sweep extends StartCommand {
  static override summary = 'Run a scene with every combination of some values.';
  static override description =
    'What can be varied is what a batch file can say: seed, weights.edge, prompt, steps, any parameter. A whole range is 1..8, values are separated by commas, and texts with commas are a JSON list.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> examples/scenes/city --vary seed=1..4 --vary weights.edge=0.2,0.5,0.8 --dry-run',
    '<%= config.bin %> <%= command.id %> path/to/scene --model transfer1 --target lambda --vary "prompt=snow,rain" --vary guidance=3,7 --list',
  ];
  static override args = {
    source: Args.string({description: 'a scene, a video or a spec file; with --from it may be left out'}),
  };
  static override flags = {
    vary: Flags.string({
      description: 'a parameter and its values, as seed=1..8; may be given several times',
      multiple: true,
      multipleNonGreedy: true,
      required: true,
    }),
    list: Flags.boolean({
      description: 'the first values of all together, then the second ones, instead of every combination',
    }),
    ...commonFlags,
  };

  async run(): Promise<RunDocument | RunDocument[] | PlannedRun | PlannedRun[]> {
    const {args, flags} = await this.parse(Sweep);
    const items = itemsOf(flags.vary.map(parseAxis), !flags.list);
    const common = {...commonRequest(flags), source: args.source, folder: workingFolder()};
    return this.inWorkspace(flags, (workspace) =>
      this.startBatch(
        workspace,
        {common, items, what: 'the sweep'},
        {isDetached: flags.detach, isDryRun: flags['dry-run']},
      ),
    );
  }
}
