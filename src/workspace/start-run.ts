/** `cosmos run`, up to the moment when the run exists: settings, model, plan, space, documents. */
import type {Lease} from '../cas/catalog/leases.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {randomHex} from '../platform/random.ts';
import type {RunnerContext} from '../runner/context.ts';
import {checkSpace, createRun, planRun, type PlannedRun} from '../runner/create.ts';
import type {RunRequest} from '../runner/model.ts';
import {findModel} from './runner.ts';
import type {Workspace} from './workspace.ts';

export interface StartRequest extends RunRequest {
  name: string | null;
  /** Else the setting run.model. */
  model: string | undefined;
}

export interface Prepared {
  request: StartRequest;
  modelName: string;
  target: string;
  planned: PlannedRun;
}

/** Everything that can be checked before anything is written. */
export async function prepareRun(workspace: Workspace, request: StartRequest): Promise<Prepared> {
  const {settings} = await workspace.settings();
  const modelName = request.model ?? settings.run.model;
  const planned = await planRun(findModel(modelName, settings, workspace.root), request);
  await checkSpace(workspace.root, planned);
  return {request, modelName, target: settings.run.target, planned};
}

/** Makes the run. It is driven by nobody else until the lease is released. */
export function startRun(
  runner: RunnerContext,
  prepared: Prepared,
): Promise<{run: RunDocument; lease: Lease}> {
  const {planned, request, target} = prepared;
  return createRun(runner, planned, {name: request.name, target, random: randomHex});
}
