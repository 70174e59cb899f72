import * as Args from '@oclif/core/args';
import {commonFlags, commonRequest} from '../cli/common-run.ts';
import {StartCommand} from '../cli/start-command.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {workingFolder} from '../platform/working-folder.ts';
import type {PlannedRun} from '../runner/create.ts';

export default class Run extends StartCommand {
  static override summary =
    'Run a model on a scene, a video or a spec file, and bring everything that it makes into the store.';
  static override description =
    'Without --model and without a setting this makes a preview on this machine: control signals are computed, no model runs. Ctrl-C leaves; the run goes on. Parameters that several models have are flags, all of them go through --set; docs/models.md has them.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> examples/scenes/city --prompt "golden hour, warm light"',
    '<%= config.bin %> <%= command.id %> examples/scenes/city --weights vis=.1,edge=1,depth=.65,seg=.25 --dry-run',
    '<%= config.bin %> <%= command.id %> spec.json --set canny_threshold=low --detach',
    '<%= config.bin %> <%= command.id %> --from rs_1a2b --seed 7',
    '<%= config.bin %> <%= command.id %> path/to/scene --model transfer1 --target lambda --upscale',
  ];
  static override args = {
    source: Args.string({
      description:
        'a scene (folder with color.mp4 and its passes), a video or a spec file; with --from it may be left out',
    }),
  };
  static override flags = commonFlags;

  async run(): Promise<RunDocument | RunDocument[] | PlannedRun | PlannedRun[]> {
    const {args, flags} = await this.parse(Run);
    const request = {...commonRequest(flags), source: args.source, folder: workingFolder()};
    return this.inWorkspace(flags, (workspace) =>
      this.startAndFollow(workspace, request, {isDetached: flags.detach, isDryRun: flags['dry-run']}),
    );
  }
}
