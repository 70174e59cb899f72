import * as Args from '@oclif/core/args';
import {filterFlags, filterOf} from '../cli/filter-flags.ts';
import {limitFlags, ListCommand} from '../cli/list-command.ts';
import type {RunSummary} from '../manifest/index/derive.ts';

export default class Search extends ListCommand {
  static override summary = 'Find runs by what is written in them. Never contacts a target.';
  static override description =
    'Every word has to be there, in any case: in the prompt or the negative prompt, a name, an id, the scene, a tag, a note, or the failure. A word of eight hexadecimal digits or more also finds the runs that name a blob whose digest begins so.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> snow morning',
    '<%= config.bin %> <%= command.id %> out of memory --status failed',
    '<%= config.bin %> <%= command.id %> 9f86d081884c7d65',
  ];
  static override strict = false;
  static override args = {
    words: Args.string({description: 'what to look for; several words may be given', required: true}),
  };
  static override flags = {...limitFlags, ...filterFlags};

  async run(): Promise<RunSummary[]> {
    const {argv, flags} = await this.parse(Search);
    const words = argv
      .map(String)
      .flatMap((text) => text.split(/\s+/))
      .filter((word) => word !== '');
    return this.inWorkspace(flags, (workspace) =>
      this.listRuns(workspace, {...filterOf(flags), words}, flags),
    );
  }
}
