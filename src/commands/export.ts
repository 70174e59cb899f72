import {resolve} from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../cli/base-command.ts';
import {CosmosError, EXIT} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {withInterrupt} from '../platform/interrupt.ts';
import {workingFolder} from '../platform/working-folder.ts';
import {ByteProgress} from '../views/byte-progress.ts';
import {renderExport} from '../views/export.ts';
import {
  EXPORT_FORMATS,
  exportRuns,
  type ExportOptions,
  type ExportReport,
} from '../workspace/export/export.ts';
import type {Workspace} from '../workspace/workspace.ts';

export default class Export extends BaseCommand {
  static override summary = 'Write runs into a folder that can be read and checked without cosmos.';
  static override description =
    'With --format files each run has a folder with its results, log, spec and document under their own names, and SHA256SUMS for "sha256sum -c". With --format oci the folder is an OCI image layout, one manifest for each run, which registries and their tools take. Every byte is read again before the folder gets its name. Never contacts a target.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> rs_1a2b delivery',
    '<%= config.bin %> <%= command.id %> rs_1a2b rs_3c4d delivery --inputs',
    '<%= config.bin %> <%= command.id %> rs_1a2b layout --format oci',
  ];
  static override strict = false;
  static override args = {
    run: Args.string({
      description: 'id of a run, or a unique beginning of it; several may be given',
      required: true,
    }),
    dir: Args.string({
      description: 'folder to make, after all runs; it must not be there, or be empty',
      required: true,
    }),
  };
  static override flags = {
    format: Flags.option({
      description: 'plain files, or an OCI image layout',
      options: EXPORT_FORMATS,
      default: 'files' as const,
    })(),
    inputs: Flags.boolean({description: 'the inputs too'}),
  };

  async run(): Promise<ExportReport | Interrupted> {
    const {argv, flags} = await this.parse(Export);
    const words = argv.map(String);
    const dir = words.pop() ?? '';
    if (dir.trim() === '')
      throw new CosmosError('usage.invalid', 'The folder has no name.', {hint: 'Name one after the runs.'});
    const folder = resolve(workingFolder(), dir);
    return this.inWorkspace(flags, async (workspace) => {
      const ids = new Set(words.map((id) => workspace.index.resolve('runs', id)));
      const runs = [];
      for (const id of ids) runs.push(await workspace.documents.read('runs', id));
      const {format, inputs: hasInputs} = flags;
      const report = await this.#export(workspace, runs, {folder, format, hasInputs});
      if (report) this.print(renderExport(report));
      else this.#tellInterrupted();
      return report ?? {folder, isInterrupted: true};
    });
  }

  /** Undefined when it was interrupted. */
  #export(
    workspace: Workspace,
    runs: readonly RunDocument[],
    options: ExportOptions,
  ): Promise<ExportReport | undefined> {
    const progress = new ByteProgress(process.stderr, 'exported', this.jsonEnabled());
    const onProgress = (done: number, total: number): void => progress.update(done, total);
    return withInterrupt(async (signal) => {
      try {
        return await exportRuns(workspace, runs, {...options, onProgress, signal});
      } catch (error) {
        if (!signal.aborted || error instanceof CosmosError) throw error;
        return undefined;
      }
    }).finally(() => progress.done());
  }

  #tellInterrupted(): void {
    this.tell('interrupted; nothing was exported');
    this.endWith(EXIT.interrupted);
  }
}

interface Interrupted {
  folder: string;
  isInterrupted: true;
}
