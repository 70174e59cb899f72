/** What the commands share that drive runs or look at their jobs. */
import {EXIT} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import type {RunnerContext} from '../runner/context.ts';
import {isTerminal} from '../runner/transitions.ts';
import {findView} from '../runner/view.ts';
import {renderEnded} from '../views/run-ended.ts';
import {readEnhanced} from '../workspace/enhanced.ts';
import {makeRunner} from '../workspace/runner.ts';
import {Targets} from '../workspace/targets.ts';
import type {Workspace} from '../workspace/workspace.ts';
import {BaseCommand} from './base-command.ts';
import {followInTurn} from './follow-run.ts';
import {targetOptions} from './target-options.ts';
import {terminal} from './terminal.ts';

export abstract class RunCommand extends BaseCommand {
  /** Closed with the workspace. */
  protected makeRunner(workspace: Workspace, targets = this.makeTargets(workspace)): RunnerContext {
    return makeRunner(workspace, {
      targets,
      actor: this.actor,
      onTrouble: (message) => this.tell(message),
      onWait: (message) => this.tell(message),
    });
  }

  /** `isQuiet` where nobody can be asked for a passphrase: on a screen that is drawn, or with nobody looking. */
  protected makeTargets(workspace: Workspace, options: {isQuiet?: boolean} = {}): Targets {
    return new Targets(workspace, targetOptions(options));
  }

  /** Prints how a run ended that was followed, what an artist wants to know of it, and sets the exit code. */
  protected async reportRun(workspace: Workspace, run: RunDocument, before: string[] = []): Promise<void> {
    const viewFolder = await findView(workspace.outputs, run.id);
    const enhanced = await readEnhanced(workspace, run);
    this.print([...before, renderEnded(run, {...terminal(), viewFolder, enhanced})]);
    if (run.status === 'failed') this.endWith(EXIT.runFailed);
    if (run.status === 'cancelled') this.endWith(EXIT.runCancelled);
    if (run.next?.notMade !== undefined) this.endWith(EXIT.failure);
  }

  /** The run that was made of the result of another, followed and reported as that was. @returns undefined when there is none */
  protected async followNext(
    workspace: Workspace,
    runner: RunnerContext,
    {run, isDetached}: {run: RunDocument; isDetached: boolean},
  ): Promise<RunDocument | undefined> {
    const {documents, index} = workspace;
    if (!run.next || !index.has('runs', run.next.run)) return undefined;
    const next = await documents.read('runs', run.next.run);
    const last = await followInTurn(runner, next, {isDetached, isQuiet: this.jsonEnabled()});
    if (isTerminal(last.status)) await this.reportRun(workspace, last, ['']);
    return last;
  }
}
