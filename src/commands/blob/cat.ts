import * as Args from '@oclif/core/args';
import {BaseCommand} from '../../cli/base-command.ts';
import {writeOut} from '../../cli/write-out.ts';
import {findNamedBlob} from '../../workspace/find-blob.ts';

export default class BlobCat extends BaseCommand {
  static override summary =
    'Write the bytes of a blob to stdout, verified. Exit code 12 when they are damaged: discard them then.';
  static override enableJsonFlag = false;
  static override examples = ['<%= config.bin %> <%= command.id %> sha256:9f86… > clip.mp4'];
  static override args = {
    digest: Args.string({
      description: 'digest, or a unique beginning of its hexadecimal part',
      required: true,
    }),
  };

  async run(): Promise<void> {
    const {args, flags} = await this.parse(BlobCat);
    await this.inWorkspace(flags, async (workspace) => {
      const blob = await findNamedBlob(workspace, args.digest);
      for await (const chunk of workspace.store.fetch(blob)) {
        if (!(await writeOut(chunk))) return;
      }
    });
  }
}
