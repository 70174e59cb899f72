/**
 * A job whose folder was removed under it. That alone ends nothing: its processes may still run, or its disk may only not
 * be mounted. The run has failed once the target proves that it is the right one, that the folder is gone from it, and
 * that nothing of the job runs there.
 */
import {dirname} from 'node:path';
import type {RunDocument} from '../manifest/types.gen.ts';
import {isTaken} from '../platform/publish.ts';
import {pathsOf} from './attempt.ts';
import type {Observation} from './decide.ts';
import type {Failure} from './model.ts';
import {readRemote} from './remote-text.ts';
import type {Target} from './target.ts';
import {quoteWords} from './transports/ssh/quote.ts';

const MAY_VANISH: readonly RunDocument['status'][] = ['submitted', 'running', 'collecting'];

export const VANISHED: Failure = {
  class: 'job.gone',
  message: 'The folder of the job was removed on the target before its outputs were at home.',
  evidence: [],
  isRetryable: true,
  advice: 'Run it again, and remove nothing below "jobs" there: cosmos does that itself.',
};

/** Asks the target only when the folder is not there. False in doubt. */
export async function hasVanished(run: RunDocument, target: Target, seen: Observation): Promise<boolean> {
  const {runner, transport, jobs} = target;
  if (seen.isClaimed || !MAY_VANISH.includes(run.status)) return false;
  const {folder} = pathsOf(run, target);
  if (await transport.isFolder(folder)) return false;
  if (!runner) return isGoneHere(folder);
  const script = await readRemote('gone.sh');
  const runtime = jobs.container ? `${quoteWords(jobs.container.runtime)} "$@"` : ':';
  const head = `folder=${quoteWords([folder])}\nruntime() { ${runtime}; }\n`;
  const {code, stdout} = await runner.exec(['sh', '-s'], {stdin: Buffer.from(head + script)});
  return code === 0 && stdout.trim() === 'gone';
}

/**
 * On this machine jobs lie in `work/local/jobs/` of the workspace. A copy of a workspace comes without them. Where `work` is
 * there and has no jobs at all, its disk may only not be mounted.
 */
async function isGoneHere(folder: string): Promise<boolean> {
  const jobs = dirname(folder);
  return (await isTaken(jobs)) || !(await isTaken(dirname(dirname(jobs))));
}
