/** The end of a run that was followed in the foreground: what an artist wants to know, and the exit code. */
import {EXIT} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {findView} from '../runner/view.ts';
import {renderEnded} from '../views/run-ended.ts';
import {terminal} from './terminal.ts';

/** The text to print, and the exit code where it is not 0. Expects a run that has ended. */
export async function reportRun(
  outputs: string,
  run: RunDocument,
): Promise<{text: string; exitCode: number | undefined}> {
  const text = renderEnded(run, {...terminal(), viewFolder: await findView(outputs, run.id)});
  const codes: Partial<Record<RunDocument['status'], number>> = {
    failed: EXIT.runFailed,
    cancelled: EXIT.runCancelled,
  };
  return {text, exitCode: codes[run.status]};
}
