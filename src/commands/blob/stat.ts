import * as Args from '@oclif/core/args';
import {BaseCommand} from '../../cli/base-command.ts';
import {formatBytes} from '../../views/format.ts';
import {renderExplanation} from '../../views/explanation.ts';
import {findNamedBlob} from '../../workspace/find-blob.ts';
import {explainBlob, type Explanation} from '../../workspace/garbage.ts';

export default class BlobStat extends BaseCommand {
  static override summary =
    'What is known of a blob: size, who names it, when it was last proven. Reads none of its bytes.';
  static override examples = ['<%= config.bin %> <%= command.id %> 9f86d081'];
  static override args = {
    digest: Args.string({
      description: 'digest, or a unique beginning of its hexadecimal part',
      required: true,
    }),
  };

  async run(): Promise<Explanation> {
    const {args, flags} = await this.parse(BlobStat);
    return this.inWorkspace(flags, async (workspace) => {
      const {digest, size} = await findNamedBlob(workspace, args.digest);
      const explanation = await explainBlob(workspace, digest);
      this.print([`${digest}  ${formatBytes(size)}`, ...renderExplanation(explanation, {hasHistory: false})]);
      return explanation;
    });
  }
}
