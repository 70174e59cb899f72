import * as Args from '@oclif/core/args';
import {BaseCommand} from '../../cli/base-command.ts';
import {terminal} from '../../cli/terminal.ts';
import {renderScene} from '../../views/scenes.ts';
import {readScene, type StoredScene} from '../../workspace/scenes.ts';

export default class SceneShow extends BaseCommand {
  static override summary = 'Show the passes of a scene, and the prompts and runs that use it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> city',
    '<%= config.bin %> <%= command.id %> city --json',
  ];
  static override args = {name: Args.string({description: 'name of the scene', required: true})};

  async run(): Promise<StoredScene> {
    const {args, flags} = await this.parse(SceneShow);
    return this.inWorkspace(flags, async (workspace) => {
      const scene = await readScene(workspace, args.name);
      this.print(renderScene(scene, terminal()));
      return scene;
    });
  }
}
