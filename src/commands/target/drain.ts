import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {RunCommand} from '../../cli/run-command.ts';
import {watchRuns, type WatchEvent} from '../../cli/watch-runs.ts';
import {EXIT} from '../../errors.ts';
import {shortId} from '../../manifest/names.ts';
import {withInterrupt} from '../../platform/interrupt.ts';
import {runProgram} from '../../platform/run-program.ts';
import {listJobs} from '../../runner/targets/leftovers.ts';
import {plural} from '../../views/format.ts';
import type {Workspace} from '../../workspace/workspace.ts';
import {explainLeftJob, verifyRunsOf} from '../../workspace/verify-target.ts';

interface Drained {
  isSafe: boolean;
  /** What would be lost with the machine. */
  losses: string[];
}

export default class TargetDrain extends RunCommand {
  static override summary =
    'Wait for everything on a target, bring it home, verify it, and say whether the machine can go.';
  static override description =
    'Ends with "safe to terminate", exit code 0, or with what would be lost. --then runs a program after the first only, such as the one that stops the machine.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> lambda',
    '<%= config.bin %> <%= command.id %> lambda --then ./stop-instance --then i-0abc',
  ];
  static override args = {name: Args.string({description: 'name of the target', required: true})};
  static override flags = {
    then: Flags.string({
      description:
        'a word of the command to run when it is safe: the program, then its arguments, each with --then',
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  async run(): Promise<Drained> {
    const {args, flags} = await this.parse(TargetDrain);
    return this.inWorkspace(flags, async (workspace) => {
      const targets = this.makeTargets(workspace);
      const context = this.makeRunner(workspace, targets);
      this.#tellOpen(workspace, args.name);
      const isLeft = await withInterrupt(async (signal) => {
        await watchRuns(context, {
          signal,
          target: args.name,
          isUntilIdle: true,
          onEvent: (event) => this.#tellEvent(args.name, event),
        });
        return signal.aborted;
      });
      if (isLeft) {
        this.tell('left; the runs go on, and nothing is known to be safe');
        this.endWith(EXIT.interrupted);
        return {isSafe: false, losses: ['left before everything was at home']};
      }
      const open = workspace.index.listActiveRuns().filter(({target}) => target === args.name);
      const target = await targets.get(args.name);
      const there = await listJobs(target);
      const left = await Promise.all(there.map((job) => explainLeftJob(workspace, job)));
      const losses = [
        ...open
          .filter(({id}) => !there.includes(id))
          .map(({id, status}) => `${shortId(id)} has not ended (${status})`),
        ...left.filter((loss) => loss !== undefined),
        ...(await verifyRunsOf(workspace, args.name)),
      ];
      await this.#conclude(args.name, losses, flags.then ?? []);
      return {isSafe: losses.length === 0, losses};
    });
  }

  #tellOpen({index}: Workspace, name: string): void {
    const open = index.listActiveRuns().filter(({target}) => target === name);
    if (open.length === 0) return;
    const runs = open.map(({id, status}) => `${shortId(id)} ${status}`).join(', ');
    this.tell(`waiting for ${plural(open.length, 'run')} on ${name}: ${runs}. Ctrl-C leaves.`);
  }

  #tellEvent(name: string, {run, to, reason, isUnreachable}: WatchEvent): void {
    if (isUnreachable !== true) this.tell(`${shortId(run)}  ${to ?? ''}  ${reason}`.replace('    ', '  '));
    else this.tell(`${shortId(run)}  ${reason} If ${name} is gone for good: cosmos abandon --target ${name}`);
  }

  async #conclude(name: string, losses: readonly string[], then: readonly string[]): Promise<void> {
    if (losses.length > 0) {
      this.print([`${name} is not safe to terminate: ${plural(losses.length, 'thing')} would be lost`]);
      this.print(losses.map((loss) => `  - ${loss}`));
      this.endWith(EXIT.failure);
      return;
    }
    this.print(`${name}: safe to terminate`);
    const [program, ...words] = then;
    if (program !== undefined) await runProgram(program, words);
  }
}
