import {basename, resolve} from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base-command.ts';
import {terminal} from '../../cli/terminal.ts';
import {workingFolder} from '../../platform/working-folder.ts';
import {readGivenScene} from '../../runner/given-scene.ts';
import {renderScene} from '../../views/scenes.ts';
import {addScene, type StoredScene} from '../../workspace/scenes.ts';

export default class SceneAdd extends BaseCommand {
  static override summary =
    'Store a scene under a name: a folder with color.mp4 and its passes, or single videos.';
  static override description =
    'All passes must have the same size, number of frames and frame rate. The bytes are stored once, whatever names they have.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> examples/scenes/city',
    '<%= config.bin %> <%= command.id %> renders/shot12 --name shot12-v3',
    '<%= config.bin %> <%= command.id %> --name shot12 --color beauty.mp4 --depth z.mp4',
  ];
  static override args = {
    folder: Args.string({
      description:
        'a folder with color.mp4, and depth.mp4, segmentation.mp4, edge.mp4, vis.mp4 if there are any',
    }),
  };
  static override flags = {
    name: Flags.string({description: 'name of the scene; that of the folder when it is not given'}),
    color: Flags.string({description: 'the colour video'}),
    depth: Flags.string({description: 'the depth video'}),
    seg: Flags.string({description: 'the segmentation video'}),
    edge: Flags.string({description: 'the video of edges'}),
    vis: Flags.string({description: 'the blurred video'}),
  };

  async run(): Promise<StoredScene> {
    const {args, flags} = await this.parse(SceneAdd);
    const {name = args.folder === undefined ? '' : basename(resolve(workingFolder(), args.folder))} = flags;
    const {color, depth, seg, edge, vis} = flags;
    const given = await readGivenScene(
      {folder: args.folder, files: {color, depth, seg, edge, vis}},
      workingFolder(),
    );
    return this.inWorkspace(flags, async (workspace) => {
      const {scene, isNew, notes} = await addScene(workspace, name, given);
      this.print(renderScene(scene, terminal()));
      if (!isNew) this.print('It was there already.');
      for (const note of notes) this.tell(`note: ${note}`);
      return scene;
    });
  }
}
