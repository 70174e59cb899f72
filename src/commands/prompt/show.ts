import * as Args from '@oclif/core/args';
import {BaseCommand} from '../../cli/base-command.ts';
import {terminal} from '../../cli/terminal.ts';
import type {PromptDocument} from '../../manifest/types.gen.ts';
import type {RunSummary} from '../../manifest/index/derive.ts';
import {renderPrompt} from '../../views/prompts.ts';
import {historyOf, resolvePrompt} from '../../workspace/prompts.ts';

interface Shown {
  prompt: PromptDocument;
  /** Oldest first; this one is the last. */
  versions: PromptDocument[];
  runs: RunSummary[];
}

export default class PromptShow extends BaseCommand {
  static override summary = 'Show a prompt, its earlier versions, and the runs that used it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> snow-early-morning',
    '<%= config.bin %> <%= command.id %> ps_1a2b --json',
  ];
  static override args = {
    id: Args.string({description: 'id (or a unique beginning of it) or name of the prompt', required: true}),
  };

  async run(): Promise<Shown> {
    const {args, flags} = await this.parse(PromptShow);
    return this.inWorkspace(flags, async (workspace) => {
      const {index, now} = workspace;
      const prompt = await resolvePrompt(workspace, args.id);
      const versions = await historyOf(workspace, prompt);
      const runs = index.listRunsOf(prompt.id).flatMap((id) => index.getRun(id) ?? []);
      this.print(renderPrompt({prompt, versions, runs}, {...terminal(), now}));
      return {prompt, versions, runs};
    });
  }
}
