/** The line that says that a run exists. */
import {shortId} from '../manifest/names.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import type {Prepared} from '../workspace/prepared.ts';

export function renderStarted(run: RunDocument, {modelName, target, planned}: Prepared): string {
  const {seed} = planned.normal.parameters;
  const note = run.kind === 'preview' ? ' (no model runs; the prompt is recorded, not rendered)' : '';
  const which = run.kind === 'preview' || typeof seed !== 'number' ? '' : `, seed ${seed}`;
  const next = run.next ? `, then upscaled by ${run.next.run}` : '';
  return `${run.id}  ${modelName} on ${target.name}${which}${note}${next}`;
}

/** The line that says which runs load the model together. */
export function renderLoad({id, model, execution, members = []}: RunDocument): string {
  return `${id}  loads ${model.family} on ${execution.target} once for ${members.length} runs: ${members.map(shortId).join(', ')}`;
}
