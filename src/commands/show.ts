import * as Args from '@oclif/core/args';
import {BaseCommand} from '../cli/base-command.ts';
import {terminal} from '../cli/terminal.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {lineageLines} from '../views/lineage.ts';
import type {TimeLeft} from '../runner/estimate.ts';
import {renderRun} from '../views/run-detail.ts';
import {lineageOf, type Lineage} from '../workspace/lineage.ts';
import {readPrices} from '../workspace/prices.ts';
import {Outlook, type Stall} from '../workspace/outlook.ts';

export default class Show extends BaseCommand {
  static override summary =
    'Show everything about one run, and the runs that it comes from or that came of it. Never contacts a target.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> rs_1a2b',
    '<%= config.bin %> <%= command.id %> rs_1a2b --json',
  ];
  static override args = {
    id: Args.string({description: 'id of the run, or a unique beginning of it', required: true}),
  };

  async run(): Promise<RunDocument & {lineage: Lineage; timeLeft?: TimeLeft; stall?: Stall}> {
    const {args, flags} = await this.parse(Show);
    return this.inWorkspace(flags, async (workspace) => {
      const {documents, index, sightings, now} = workspace;
      const run = await documents.read('runs', index.resolve('runs', args.id));
      const prices = await readPrices(workspace, [{status: run.status, target: run.execution.target}]);
      const lineage = await lineageOf(workspace, run);
      const outlook = new Outlook(workspace);
      const timeLeft = outlook.timeLeft(run.id);
      const stall = outlook.stall(run.id);
      const options = {...terminal(), now, prices, timeLeft, stall, sighting: sightings.of(run.id)};
      const related = lineageLines(lineage, index, options);
      this.print([renderRun(run, options), ...(related.length > 0 ? ['', ...related] : [])].join('\n'));
      return {...run, lineage, ...(timeLeft && {timeLeft}), ...(stall && {stall})};
    });
  }
}
