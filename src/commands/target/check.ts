import * as Args from '@oclif/core/args';
import {RunCommand} from '../../cli/run-command.ts';
import {terminal} from '../../cli/terminal.ts';
import {CosmosError, EXIT} from '../../errors.ts';
import type {Target} from '../../runner/target.ts';
import {renderCheck, type CheckedTarget} from '../../views/targets.ts';

export default class TargetCheck extends RunCommand {
  static override summary =
    'Reach a target and say at once what is there, what is missing and what is wrong.';
  static override description =
    'Host key, login, disk, container runtime, the image (tried with one throwaway container), GPUs, and the folders that the settings name. Exit code 13 when something is wrong.';
  static override examples = ['<%= config.bin %> <%= command.id %> lambda'];
  static override args = {name: Args.string({description: 'name of the target', required: true})};

  async run(): Promise<CheckedTarget> {
    const {args, flags} = await this.parse(TargetCheck);
    return this.inWorkspace(flags, async (workspace) => {
      const target = await this.makeTargets(workspace).get(args.name);
      const report = await target.report({image: target.jobs.container?.image ?? null, isTrying: true});
      if (!report) {
        throw new CosmosError('usage.invalid', 'local is this machine; there is nothing to check.', {
          hint: 'Name a target that "cosmos target list" shows.',
        });
      }
      const problems = [...report.problems, ...(report.isWritable ? await findTrouble(target) : [])];
      const checked = {
        name: args.name,
        host: target.host,
        roundTripMs: await target.roundTripMs(),
        report: {...report, problems},
      };
      this.print(renderCheck(checked, terminal()));
      if (problems.length > 0) this.endWith(EXIT.unreachable);
      return checked;
    });
  }
}

/** Makes the folder there, as the first run would; what stands in the way is one more thing that is wrong. */
async function findTrouble(target: Target): Promise<string[]> {
  try {
    await target.contact();
    return [];
  } catch (error) {
    if (error instanceof CosmosError && error.code === 'target.failed') return [error.message];
    throw error;
  }
}
