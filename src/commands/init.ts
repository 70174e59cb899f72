import {resolve} from 'node:path';
import * as Args from '@oclif/core/args';
import {BaseCommand} from '../cli/base-command.ts';
import {systemNow} from '../platform/clock.ts';
import {workingFolder} from '../platform/working-folder.ts';
import {examineGround} from '../workspace/doctor/doctor.ts';
import {initWorkspace} from '../workspace/init.ts';

export default class Init extends BaseCommand {
  static override summary =
    'Make a workspace: a commented cosmos.toml, an empty store, an empty manifests folder.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> films/city',
  ];
  static override args = {
    dir: Args.string({description: 'the folder, by default this one; made when it is not there'}),
  };

  async run(): Promise<{root: string}> {
    const {args, flags} = await this.parse(Init);
    const root = await initWorkspace(resolve(workingFolder(), args.dir ?? flags.workspace ?? '.'));
    const {findings} = await examineGround(root, {now: systemNow, isQuick: true});
    for (const {weight, found, means, advice} of findings)
      if (weight === 'trouble') this.tell(`${found} ${means} ${advice ?? ''}`.trimEnd());
    this.print([
      `Made a workspace in ${root}`,
      'Next: cosmos run SCENE --prompt "…", where SCENE is a folder with color.mp4 and, if you have them, depth.mp4 and segmentation.mp4.',
    ]);
    return {root};
  }
}
