/** What the log of a run says, wherever it does, that a person should know although the run did not fail of it. */
import type {Descriptor} from '../cas/descriptor.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import type {RunnerContext} from './context.ts';
import {logLines} from './log-lines.ts';

/** Each once. The log is read for models that have something to say alone. */
export async function listRemarks(
  {store, modelOf}: RunnerContext,
  run: RunDocument,
  log: Descriptor | null,
): Promise<string[]> {
  const {remarkOn} = modelOf(run);
  const remarks = new Set<string>();
  if (!remarkOn) return [];
  for await (const line of logLines(store, log)) {
    const remark = remarkOn(line);
    if (remark !== undefined) remarks.add(remark);
  }
  return Array.from(remarks);
}
