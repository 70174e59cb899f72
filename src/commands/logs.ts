import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {RunCommand} from '../cli/run-command.ts';
import {wholeCharacters} from '../cli/whole-characters.ts';
import {writeOut} from '../cli/write-out.ts';
import {EXIT, type CosmosError} from '../errors.ts';
import {withInterrupt} from '../platform/interrupt.ts';
import type {RunnerContext} from '../runner/context.ts';
import {driveInTurn} from '../runner/drive.ts';
import {followLog} from '../runner/follow.ts';

export default class Logs extends RunCommand {
  static override summary = 'Print the log of a run, as its program wrote it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> rs_1a2b',
    '<%= config.bin %> <%= command.id %> -f rs_1a2b',
  ];
  static override args = {
    id: Args.string({description: 'id of the run, or a unique beginning of it', required: true}),
  };
  static override flags = {
    follow: Flags.boolean({char: 'f', description: 'go on until the run has ended, and bring it home'}),
  };

  async run(): Promise<{id: string; log: string}> {
    const {args, flags} = await this.parse(Logs);
    return this.inWorkspace(flags, async (workspace) => {
      const id = workspace.index.resolve('runs', args.id);
      const context = this.makeRunner(workspace);
      const parts: Uint8Array[] = [];
      await withInterrupt(async (signal) => {
        signal.addEventListener('abort', () => void hangUp(context, id).catch(() => undefined));
        let isOver = false;
        const driving = flags.follow
          ? driveInTurn(context, id, {signal, onUnreachable: this.#tellOnce()})
          : undefined;
        // What goes wrong with it is told once the log has been read as far as possible.
        driving?.catch(() => (isOver = true));
        const log = followLog(context, id, {
          isFollowing: flags.follow,
          signal,
          isOver: () => isOver,
          onNotice: (message) => this.tell(message),
        });
        for await (const chunk of wholeCharacters(log)) {
          if (this.jsonEnabled()) parts.push(Uint8Array.from(chunk));
          else if (!(await writeOut(chunk))) break;
        }
        await driving;
      });
      const {status} = await workspace.documents.read('runs', id);
      if (flags.follow) this.#end(status);
      return {id, log: Buffer.concat(parts).toString('utf8')};
    });
  }

  /** Said at the first time only: a long silence needs no more words. */
  #tellOnce(): (error: CosmosError) => void {
    let isTold = false;
    return ({message}) => {
      if (!isTold) this.tell(`${message} The job goes on; trying again.`);
      isTold = true;
    };
  }

  #end(status: string): void {
    if (status === 'failed') this.endWith(EXIT.runFailed);
    else if (status === 'cancelled') this.endWith(EXIT.runCancelled);
    else if (status !== 'completed') {
      this.tell('left; the run goes on: "cosmos status" brings it home');
      this.endWith(EXIT.interrupted);
    }
  }
}

/** Whoever leaves does not wait for a machine that says nothing: what was asked of it fails at once. */
async function hangUp(context: RunnerContext, id: string): Promise<void> {
  const run = await context.documents.read('runs', id);
  await (await context.targetOf(run)).close();
}
