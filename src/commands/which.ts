import * as Args from '@oclif/core/args';
import {BaseCommand} from '../cli/base-command.ts';
import {EXIT} from '../errors.ts';
import {workingFolder} from '../platform/working-folder.ts';
import {renderWhereabouts} from '../views/whereabouts.ts';
import {whichRuns, type Whereabouts} from '../workspace/which.ts';

export default class Which extends BaseCommand {
  static override summary = 'Say which runs made or used a file, by its content. Never contacts a target.';
  static override description =
    'The name of the file does not matter. The exit code is 1 when nothing names one of the files.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> final_v3_really.mp4',
    '<%= config.bin %> <%= command.id %> *.mp4 --json',
  ];
  static override strict = false;
  static override args = {
    file: Args.string({description: 'a file; several may be given', required: true}),
  };

  async run(): Promise<Whereabouts[]> {
    const {argv, flags} = await this.parse(Which);
    return this.inWorkspace(flags, async (workspace) => {
      const found: Whereabouts[] = [];
      for (const file of argv.map(String)) found.push(await whichRuns(workspace, file, workingFolder()));
      for (const each of found) this.print(renderWhereabouts(each, workspace));
      if (found.some(({mentions}) => mentions.length === 0)) this.endWith(EXIT.failure);
      return found;
    });
  }
}
