import {BaseCommand} from '../../cli/base-command.ts';
import type {BlobFacts} from '../../cas/descriptor.ts';
import {formatBytes, plural} from '../../views/format.ts';

export default class BlobList extends BaseCommand {
  static override summary = 'List what is in storage/blobs, read from the folders.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<BlobFacts[]> {
    const {flags} = await this.parse(BlobList);
    return this.inWorkspace(flags, async ({store}) => {
      const blobs: BlobFacts[] = [];
      for await (const blob of store.list()) blobs.push(blob);
      blobs.sort((a, b) => (a.digest < b.digest ? -1 : 1));
      this.print(blobs.map(({digest, size}) => `${digest}  ${formatBytes(size)}`));
      const bytes = blobs.reduce((sum, {size}) => sum + size, 0);
      this.print(`${plural(blobs.length, 'blob')}, ${formatBytes(bytes)}`);
      return blobs;
    });
  }
}
