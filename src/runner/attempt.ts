/** The attempt that a run is in, and where its files lie on its target. */
import type {RunDocument} from '../manifest/types.gen.ts';
import {jobPaths, type JobPaths} from './job.ts';
import type {Target} from './target.ts';

/** 0 before the first. */
export function attemptOf(run: RunDocument): number {
  return run.attempts.at(-1)?.number ?? 0;
}

/** A lone run's job has the run's id. */
export function pathsOf(run: RunDocument, target: Target): JobPaths {
  return jobPaths(target.root, run.execution.job ?? run.id, Math.max(1, attemptOf(run)));
}
