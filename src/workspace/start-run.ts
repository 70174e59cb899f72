/** `cosmos run`, up to the moment when the run exists: settings, model, plan, space, documents. */
import {CosmosError} from '../errors.ts';
import type {Lease} from '../cas/catalog/leases.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {randomHex} from '../platform/random.ts';
import type {RunnerContext} from '../runner/context.ts';
import {checkSpace, createRun, planRun, type PlannedRun} from '../runner/create.ts';
import type {RunRequest} from '../runner/model.ts';
import {preflight} from '../runner/preflight.ts';
import type {Target} from '../runner/target.ts';
import {findModel} from './runner.ts';
import {LOCAL, type Targets} from './targets.ts';
import type {Workspace} from './workspace.ts';

export interface StartRequest extends RunRequest {
  name: string | null;
  /** Ids of runs, or unique beginnings of them, that must have ended before this one starts. */
  after: readonly string[];
  /** Else the setting run.model. */
  model: string | undefined;
  /** Else the setting run.retries. */
  retries: number | undefined;
  /** Else the setting run.target. */
  target: string | undefined;
}

export interface Prepared {
  request: StartRequest;
  modelName: string;
  target: Target;
  planned: PlannedRun;
  /** Ids of runs. */
  after: string[];
  /** What may surprise on the target. */
  warnings: string[];
}

/** Everything that can be checked before anything is written. */
export async function prepareRun(
  workspace: Workspace,
  targets: Targets,
  request: StartRequest,
): Promise<Prepared> {
  const {settings} = await workspace.settings();
  const after = [...new Set(request.after.map((id) => workspace.index.resolve('runs', id)))];
  const modelName = request.model ?? settings.run.model;
  const targetName = chooseTarget(modelName, request.target, settings.run.target);
  const model = findModel(modelName, settings, workspace.root);
  const target = await targets.get(targetName);
  const planned = await planRun(model, request);
  planned.plan.retries = request.retries ?? settings.run.retries;
  await checkSpace(workspace.root, planned);
  const inputBytes = planned.inputs.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0);
  const warnings = await preflight(target, {plan: planned.plan, inputBytes});
  return {request, modelName, target, planned, after, warnings};
}

/** Having a target configured never turns a preview into a paid run. @throws CosmosError usage.invalid */
function chooseTarget(model: string, asked: string | undefined, configured: string): string {
  if (model !== 'preview') return asked ?? configured;
  if (asked === undefined || asked === LOCAL) return LOCAL;
  throw new CosmosError('usage.invalid', `A preview runs on this machine, not on "${asked}".`, {
    hint: `Leave --target out, or choose a model that renders, such as: --model transfer1 --target ${asked}`,
  });
}

/** Makes the run. It is driven by nobody else until the lease is released. */
export function startRun(
  runner: RunnerContext,
  prepared: Prepared,
): Promise<{run: RunDocument; lease: Lease}> {
  const {planned, request, target, after} = prepared;
  return createRun(runner, planned, {name: request.name, after, target, random: randomHex});
}
