/** What the commands share that drive runs or look at their jobs. */
import {EXIT} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import type {RunnerContext} from '../runner/context.ts';
import {findView} from '../runner/view.ts';
import {renderEnded} from '../views/run-ended.ts';
import {readEnhanced} from '../workspace/enhanced.ts';
import {makeRunner} from '../workspace/runner.ts';
import {Targets} from '../workspace/targets.ts';
import type {Workspace} from '../workspace/workspace.ts';
import {BaseCommand} from './base-command.ts';
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
  protected async reportRun(workspace: Workspace, run: RunDocument): Promise<void> {
    const viewFolder = await findView(workspace.outputs, run.id);
    const enhanced = await readEnhanced(workspace, run);
    this.print(renderEnded(run, {...terminal(), viewFolder, enhanced}));
    if (run.status === 'failed') this.endWith(EXIT.runFailed);
    if (run.status === 'cancelled') this.endWith(EXIT.runCancelled);
  }
}
