/** The attempt that a run is in, and where its files lie on its target. */
import type {RunDocument} from '../manifest/types.gen.ts';
import {jobPaths, type JobPaths} from './job-paths.ts';
import type {Target} from './target.ts';

/** 0 before the first. */
export function attemptOf(run: RunDocument): number {
  return run.attempts.at(-1)?.number ?? 0;
}

/** A lone run's job has the run's id. On this machine it lies in the workspace, wherever that has been moved or copied to. */
export function pathsOf(
  run: RunDocument,
  target: Pick<Target, 'root' | 'join'> & Partial<Pick<Target, 'runner'>>,
): JobPaths {
  const root = target.runner === null ? target.root : (run.execution.root ?? target.root);
  if (root === null) throw new Error(`run ${run.id} does not say where its job lies`);
  return jobPaths(root, run.execution.job ?? run.id, Math.max(1, attemptOf(run)), target.join);
}

/** Whether files that are not at home were left in the job's folder, which stays then. */
export function hasLeftFiles({execution}: RunDocument): boolean {
  return [execution.refused, execution.altered].some((files) => files !== undefined && files.length > 0);
}
