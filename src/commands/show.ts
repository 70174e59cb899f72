import * as Args from '@oclif/core/args';
import {BaseCommand} from '../cli/base-command.ts';
import {terminal} from '../cli/terminal.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {renderRun} from '../views/run-detail.ts';
import {readPrices} from '../workspace/prices.ts';

export default class Show extends BaseCommand {
  static override summary = 'Show everything about one run. Never contacts a target.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> rs_1a2b',
    '<%= config.bin %> <%= command.id %> rs_1a2b --json',
  ];
  static override args = {
    id: Args.string({description: 'id of the run, or a unique beginning of it', required: true}),
  };

  async run(): Promise<RunDocument> {
    const {args, flags} = await this.parse(Show);
    return this.inWorkspace(flags, async (workspace) => {
      const {documents, index, sightings, now} = workspace;
      const run = await documents.read('runs', index.resolve('runs', args.id));
      const prices = await readPrices(workspace, [{status: run.status, target: run.execution.target}]);
      this.print(renderRun(run, {...terminal(), now, prices, sighting: sightings.of(run.id)}));
      return run;
    });
  }
}
