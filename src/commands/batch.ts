import {dirname, resolve} from 'node:path';
import * as Args from '@oclif/core/args';
import {commonFlags, commonRequest} from '../cli/common-run.ts';
import {StartCommand} from '../cli/start-command.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {workingFolder} from '../platform/working-folder.ts';
import type {PlannedRun} from '../runner/create.ts';
import {readBatchFile} from '../workspace/batch-file.ts';

export default class Batch extends StartCommand {
  static override summary = 'Start the runs that a file asks for, one a line: JSONL, TOML ([[run]]) or CSV.';
  static override description =
    'Fields are source, prompt, negative, model, target, name, seed, weights (or weights.edge and so on), upscale (true or false), the flags of "cosmos run" without dashes, and parameters as --set takes them. What an item does not say, the flags here say. Paths in the file start at its folder, those of the flags where the command is run. Every run has its own id, parameters and outputs; everything that is wrong with any of them is said before the first one starts.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> night.jsonl --model transfer1 --target lambda',
    '<%= config.bin %> <%= command.id %> looks.csv --dry-run',
  ];
  static override args = {file: Args.string({description: 'a .jsonl, .toml or .csv file', required: true})};
  static override flags = commonFlags;

  async run(): Promise<RunDocument | RunDocument[] | PlannedRun | PlannedRun[]> {
    const {args, flags} = await this.parse(Batch);
    const path = resolve(workingFolder(), args.file);
    const items = await readBatchFile(path);
    const common = {...commonRequest(flags), source: undefined, folder: dirname(path)};
    return this.inWorkspace(flags, (workspace) =>
      this.startBatch(
        workspace,
        {common, items, what: args.file},
        {isDetached: flags.detach, isDryRun: flags['dry-run']},
      ),
    );
  }
}
