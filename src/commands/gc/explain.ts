import * as Args from '@oclif/core/args';
import {BaseCommand} from '../../cli/base-command.ts';
import {parseDigest} from '../../cas/digest.ts';
import {renderExplanation} from '../../views/explanation.ts';
import {explainBlob, type Explanation} from '../../workspace/garbage.ts';

export default class GcExplain extends BaseCommand {
  static override summary = 'Say why a blob lives, or what became of it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  ];
  static override args = {digest: Args.string({description: 'the whole digest', required: true})};

  async run(): Promise<Explanation> {
    const {args, flags} = await this.parse(GcExplain);
    return this.inWorkspace(flags, async (workspace) => {
      const digest = parseDigest(/^[0-9a-f]{64}$/.test(args.digest) ? `sha256:${args.digest}` : args.digest);
      const explanation = await explainBlob(workspace, digest);
      this.print(renderExplanation(explanation, {hasHistory: true}));
      return explanation;
    });
  }
}
