import {resolve} from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base-command.ts';
import {terminal} from '../../cli/terminal.ts';
import {workingFolder} from '../../platform/working-folder.ts';
import {renderScene} from '../../views/scenes.ts';
import {readScene, type StoredScene} from '../../workspace/scenes.ts';
import {writeThumbnails} from '../../workspace/thumbnails.ts';

export default class SceneShow extends BaseCommand {
  static override summary = 'Show the passes of a scene, and the prompts and runs that use it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> city',
    '<%= config.bin %> <%= command.id %> city --thumbnails pictures',
    '<%= config.bin %> <%= command.id %> city --json',
  ];
  static override args = {name: Args.string({description: 'name of the scene', required: true})};
  static override flags = {
    thumbnails: Flags.string({
      description: 'write the poster and the strip of each pass into this folder',
      helpValue: 'DIR',
    }),
  };

  async run(): Promise<StoredScene & {files?: string[]}> {
    const {args, flags} = await this.parse(SceneShow);
    return this.inWorkspace(flags, async (workspace) => {
      const {name} = await readScene(workspace, args.name);
      const files =
        flags.thumbnails === undefined
          ? []
          : await writeThumbnails(workspace, name, resolve(workingFolder(), flags.thumbnails));
      // Once more: what was missing has been made.
      const scene = await readScene(workspace, name);
      this.print(renderScene(scene, terminal()));
      this.print(files);
      return {...scene, ...(files.length > 0 && {files})};
    });
  }
}
