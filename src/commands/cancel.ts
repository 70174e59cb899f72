import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {RunCommand} from '../cli/run-command.ts';
import {EXIT} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {shortId} from '../manifest/names.ts';
import {isGivenUp} from '../runner/abandon.ts';
import {requestCancel} from '../runner/cancel.ts';
import {drive, isUnreachable} from '../runner/drive.ts';
import {bringLateHome} from '../runner/late.ts';
import {isHeldElsewhere} from '../runner/reconcile.ts';
import {describeNext} from '../runner/next.ts';
import {isTerminal} from '../runner/transitions.ts';

/** Longer than the grace that a job gets to stop by itself. */
const PATIENCE_MS = 20_000;

export default class Cancel extends RunCommand {
  static override summary = 'Stop a run. What it has made so far and its log come home.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> rs_1a2b',
    '<%= config.bin %> <%= command.id %> rs_1a2b --reason "wrong seed"',
  ];
  static override args = {
    id: Args.string({description: 'id of the run, or a unique beginning of it', required: true}),
  };
  static override flags = {reason: Flags.string({description: 'why, for the record'})};

  async run(): Promise<RunDocument> {
    const {args, flags} = await this.parse(Cancel);
    return this.inWorkspace(flags, async (workspace) => {
      const context = this.makeRunner(workspace);
      const before = await workspace.documents.read('runs', workspace.index.resolve('runs', args.id));
      if (isTerminal(before.status) && !isGivenUp(before)) {
        const next = before.status === 'completed' ? describeNext(before) : undefined;
        this.print(
          `${shortId(before.id)} had ended already: ${before.status}. Nothing was changed.${next === undefined ? '' : ` It is ${next}.`}`,
        );
        return before;
      }
      await requestCancel(context, before.id, flags.reason);
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const stop = isGivenUp(before) ? bringLateHome : drive;
      const state = await stop(context, before.id, {signal}).catch((error: unknown) =>
        this.#forgive(error, before),
      );
      const after = await workspace.documents.read('runs', before.id);
      this.print(
        state === 'gone' ? `nothing of ${shortId(before.id)} is on its target any more` : describe(after),
      );
      return after;
    });
  }

  #forgive(error: unknown, run: RunDocument): void {
    if (isUnreachable(error)) {
      const when = isGivenUp(run) ? `by "cosmos attach ${shortId(run.id)}", ` : '';
      this.tell(
        `${error.message} The wish is recorded, and delivered ${when}once the target can be reached.`,
      );
      this.endWith(EXIT.unreachable);
      return;
    }
    if (!isHeldElsewhere(error)) throw error;
    this.tell('another cosmos process drives this run; it will stop the job');
  }
}

function describe(run: RunDocument): string {
  const id = shortId(run.id);
  if (run.execution.lateAt !== undefined)
    return `${id} stays given up; its job has ended, and what it left is at home.`;
  if (isGivenUp(run))
    return `${id} stays given up; "cosmos attach ${id}" stops its job and brings home what it left.`;
  if (run.status === 'cancelled') return `${id} is cancelled.`;
  if (isTerminal(run.status)) return `${id} had ended before it could be stopped: ${run.status}.`;
  return `${id} is asked to stop; "cosmos status" shows when it has.`;
}
