/** What the commands share that change the place of a run in the line for GPUs. */
import {shortId} from '../manifest/names.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {changePlace} from '../runner/change-place.ts';
import type {LineChange} from '../runner/targets/line.ts';
import {describeWaiting} from '../runner/waiting.ts';
import {RunCommand} from './run-command.ts';

export abstract class QueueCommand extends RunCommand {
  protected changePlace(
    flags: {workspace?: string | undefined},
    id: string,
    change: LineChange,
  ): Promise<RunDocument> {
    return this.inWorkspace(flags, async (workspace) => {
      const context = this.makeRunner(workspace);
      const {run, waiting} = await changePlace(context, workspace.index.resolve('runs', id), change);
      const isEarly = waiting.for === 'runs';
      const later = change === 'hold' && isEarly ? ', and is held when it joins the line' : '';
      this.print(`${shortId(run.id)} on ${run.execution.target}: ${describeWaiting(waiting)}${later}`);
      return run;
    });
  }
}
