import {BaseCommand} from '../../cli/base-command.ts';
import {terminal} from '../../cli/terminal.ts';
import {renderScenes} from '../../views/scenes.ts';
import {listScenes, type StoredScene} from '../../workspace/scenes.ts';

export default class SceneList extends BaseCommand {
  static override summary = 'List the scenes of the store.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  async run(): Promise<StoredScene[]> {
    const {flags} = await this.parse(SceneList);
    return this.inWorkspace(flags, async (workspace) => {
      const scenes = await listScenes(workspace);
      this.print(renderScenes(scenes, terminal()));
      return scenes;
    });
  }
}
