import {basename, resolve} from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base-command.ts';
import {terminal} from '../../cli/terminal.ts';
import {nameFrom} from '../../manifest/names.ts';
import {workingFolder} from '../../platform/working-folder.ts';
import {plural} from '../../views/format.ts';
import {renderScene} from '../../views/scenes.ts';
import {findSequences, withVideos, type Sequence} from '../../workspace/prepare-scene.ts';
import {addScene, type StoredScene} from '../../workspace/scenes.ts';

export default class ScenePrepare extends BaseCommand {
  static override summary =
    'Make a scene of PNG sequences: color.0001.png, depth.0001.png, segmentation.0001.png and so on.';
  static override description =
    'Sequences of color, and optionally depth, segmentation, vis and edge, become aligned H.264 videos and are stored under a name. Gaps, sizes and counts that differ, and damaged files are named before anything is made.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> renders/shot12 --fps 24 --dry-run',
    '<%= config.bin %> <%= command.id %> renders/shot12 --name shot12-v3',
  ];
  static override args = {folder: Args.string({description: 'the folder of the sequences', required: true})};
  static override flags = {
    fps: Flags.integer({description: 'frames per second', default: 24, min: 1, max: 240}),
    name: Flags.string({description: 'name of the scene; that of the folder when it is not given'}),
    'dry-run': Flags.boolean({char: 'n', description: 'check everything and show what would be done'}),
  };

  async run(): Promise<StoredScene | Sequence[]> {
    const {args, flags} = await this.parse(ScenePrepare);
    const folder = resolve(workingFolder(), args.folder);
    const name = flags.name ?? nameFrom(basename(folder), 'scene');
    const sequences = await findSequences(folder);
    for (const {pass, files, width, height} of sequences)
      this.tell(`${pass}: ${plural(files.length, 'frame')}, ${width}x${height}`);
    if (flags['dry-run']) {
      this.print(
        `Would store the scene ${name} with ${plural(sequences.length, 'pass', 'passes')} at ${flags.fps} frames per second. Nothing was made.`,
      );
      return sequences;
    }
    return this.inWorkspace(flags, async (workspace) => {
      const {scene, isNew, notes} = await withVideos(
        sequences,
        {fps: flags.fps, onFrame: (done, total) => this.#progress(done, total)},
        (given) => addScene(workspace, name, given),
      );
      this.print(renderScene(scene, terminal()));
      if (!isNew) this.print('It was there already.');
      for (const note of notes) this.tell(`note: ${note}`);
      return scene;
    });
  }

  /** One line that is written over, on a terminal only. */
  #progress(done: number, total: number): void {
    if (!process.stderr.isTTY || this.jsonEnabled()) return;
    process.stderr.write(`\rframe ${done}/${total}${done === total ? '\n' : ''}`);
  }
}
