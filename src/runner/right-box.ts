/** Whether the machine that answers is the one that has the run. */
import {CosmosError} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import type {Target} from './target.ts';

/** An address may have gone to another machine: what is not there then says nothing about the run. @throws CosmosError target.moved */
export async function refuseOtherBox(run: RunDocument, target: Target): Promise<void> {
  const expected = run.execution.box;
  if (expected === undefined) return;
  const {box} = await target.contact();
  if (box === expected) return;
  throw new CosmosError(
    'target.moved',
    `The target ${target.name} (${target.host}) is another machine than the one that has the run ${run.id}.`,
    {
      hint: `If the right machine has a new address: cosmos target set ${target.name} host=ADDRESS. If it is gone: cosmos abandon ${run.id}`,
      facts: {run: run.id, target: target.name, expected, found: box},
    },
  );
}
