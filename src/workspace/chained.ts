/**
 * What follows a run: an upscale of its result. It is made before the run is recorded as completed, under an id that was chosen
 * with it, so that no crash loses or doubles it. Whatever goes wrong here, the run is completed, and says why nothing follows.
 */
import type {RunDocument} from '../manifest/types.gen.ts';
import {pausePoint} from '../platform/pause.ts';
import {requestCancel} from '../runner/cancel.ts';
import type {RunnerContext} from '../runner/context.ts';
import type {CreateOptions} from '../runner/create.ts';
import {isHeldElsewhere} from '../runner/reconcile.ts';
import {planRequest, PLAIN_REQUEST, startRun} from './start-run.ts';
import type {Targets} from './targets.ts';
import type {Workspace} from './workspace.ts';

interface Surroundings {
  workspace: Workspace;
  targets: Targets;
  runner: RunnerContext;
}

/**
 * Makes the run that is to follow one that has done its work, if any is.
 * @returns what is to be recorded of it
 * @throws CosmosError lease.held, lease.lost: somebody else is at it
 */
export async function makeNext(
  surroundings: Surroundings,
  run: RunDocument,
): Promise<Pick<RunDocument, 'next'>> {
  const {next} = run;
  if (!next) return {};
  const {documents, index} = surroundings.workspace;
  const isMade = index.has('runs', next.run);
  const isUnwanted = async (): Promise<boolean> =>
    (await documents.read('runs', run.id)).cancelRequested !== null;
  if (!isMade && (await isUnwanted())) return {next: {...next, notMade: 'the run was to be cancelled'}};
  const notMade = isMade ? undefined : await reasonAgainst(() => make(surroundings, run, next.run));
  if (notMade !== undefined) return {next: {...next, notMade}};
  pausePoint('chained.made');
  // Whoever wished it while there was nothing to cancel yet means this one too.
  if (await isUnwanted()) await requestCancel(surroundings.runner, next.run);
  return {};
}

/** As `cosmos upscale RUN` makes it. The target is not contacted: where the first one was, the second will be. */
async function make({workspace, targets, runner}: Surroundings, run: RunDocument, id: string): Promise<void> {
  const [prepared] = await planRequest(workspace, targets, {
    ...PLAIN_REQUEST,
    ...{source: undefined, folder: workspace.root, from: {run, as: 'result'}, model: 'upscale'},
    ...{target: run.execution.target, retries: run.plan?.retries},
  });
  if (!prepared) throw new Error('a run of one video was planned as none');
  const {lease} = await startRun(runner, prepared, {id, ...placeOf(run)});
  await lease.release();
}

function placeOf({execution: {root, box}}: RunDocument): Pick<CreateOptions, 'contact'> {
  return root === undefined || box === undefined ? {} : {contact: {root, box}};
}

async function reasonAgainst(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (isHeldElsewhere(error)) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}
