/** What several planned runs need together: space here, and a target that is ready for all of them. */
import {groupBy} from '../platform/group.ts';
import {checkSpace, inputBytesOf} from '../runner/create.ts';
import {preflight} from '../runner/preflight.ts';
import {asUpscale} from './plan-upscale.ts';
import type {Prepared} from './prepared.ts';
import type {Workspace} from './workspace.ts';

/**
 * Each target is asked once for each model that is to run there.
 * @throws CosmosError store.full, target.failed and those of the connection
 */
export async function checkTogether(
  workspace: Workspace,
  prepared: readonly Prepared[],
): Promise<Prepared[]> {
  await checkSpace(
    workspace.root,
    prepared.map(({planned}) => planned),
  );
  const found = new Map<Prepared, Awaited<ReturnType<typeof preflight>>>();
  for (const group of groupBy(prepared, ({target, modelName}) => JSON.stringify([target.name, modelName]))) {
    const [first] = group;
    if (!first) continue;
    const planned = group.map((each) => each.planned);
    const plans = planned.map(({plan}) => plan);
    const facts = await preflight(first.target, {plans, inputBytes: inputBytesOf(planned)});
    for (const each of group) found.set(each, facts);
  }
  const checked = prepared.map((each) => {
    const facts = found.get(each);
    return facts ? {...each, warnings: facts.warnings, gpusThere: facts.gpus} : each;
  });
  return withNextChecked(workspace, checked);
}

/** What is to follow is checked as what is started now, after it. */
async function withNextChecked(workspace: Workspace, prepared: Prepared[]): Promise<Prepared[]> {
  const following = prepared.flatMap(({next}) => next ?? []);
  if (following.length === 0) return prepared;
  const checked = await asUpscale(() => checkTogether(workspace, following));
  const found = new Map(following.map((each, index) => [each, checked[index]]));
  return prepared.map((each) => {
    const next = each.next && found.get(each.next);
    return next ? {...each, next} : each;
  });
}
