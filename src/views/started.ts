/** The line that says that a run exists. */
import type {RunDocument} from '../manifest/types.gen.ts';
import type {Prepared} from '../workspace/prepared.ts';

export function renderStarted(run: RunDocument, {modelName, target, planned}: Prepared): string {
  const {seed} = planned.normal.parameters;
  const note = run.kind === 'preview' ? ' (no model runs; the prompt is recorded, not rendered)' : '';
  const which = run.kind === 'preview' || typeof seed !== 'number' ? '' : `, seed ${seed}`;
  return `${run.id}  ${modelName} on ${target.name}${which}${note}`;
}
