import {join} from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../cli/base-command.ts';
import {CosmosError} from '../errors.ts';
import {openWithSystem} from '../platform/opener.ts';
import {isTerminal} from '../runner/transitions.ts';
import {ensureView} from '../runner/view.ts';

export default class Open extends BaseCommand {
  static override summary = "Open the folder with a run's files, or play what it made.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> rs_1a2b',
    '<%= config.bin %> <%= command.id %> rs_1a2b --play',
    '<%= config.bin %> <%= command.id %> rs_1a2b --print',
  ];
  static override args = {
    id: Args.string({description: 'id of the run, or a unique beginning of it', required: true}),
  };
  static override flags = {
    play: Flags.boolean({description: 'the primary output instead of the folder'}),
    print: Flags.boolean({description: 'only print the path'}),
  };

  async run(): Promise<{path: string}> {
    const {args, flags} = await this.parse(Open);
    return this.inWorkspace(flags, async (workspace) => {
      const run = await workspace.documents.read('runs', workspace.index.resolve('runs', args.id));
      if (!isTerminal(run.status)) {
        throw new CosmosError('usage.invalid', `Run ${run.id} has not ended: it is ${run.status}.`, {
          hint: 'Look at it with "cosmos status"; its files come home when it ends.',
        });
      }
      const {settings} = await workspace.settings();
      const folder = await ensureView(workspace.store, run, workspace.outputs, settings.views.mode);
      const path = flags.play ? join(folder, primaryOf(run.id, run.primaryOutput)) : folder;
      this.print(path);
      if (!flags.print && !this.jsonEnabled() && !(await openWithSystem(path))) {
        this.tell('this system has no program that opens files; the path is above');
      }
      return {path};
    });
  }
}

function primaryOf(id: string, primary: string | null): string {
  if (primary !== null) return primary;
  throw new CosmosError('usage.invalid', `Run ${id} has no primary output to play.`, {
    hint: 'Open its folder without --play, or read its log with "cosmos logs".',
  });
}
