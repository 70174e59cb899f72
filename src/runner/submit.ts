/** From a planned run to a supervisor that has its job. Every step can be repeated: a crash may follow any of them. */
import {posix} from 'node:path';
import type {RunDocument} from '../manifest/types.gen.ts';
import {pathsOf} from './attempt.ts';
import {makeJob} from './make-job.ts';
import type {Target} from './target.ts';

/** The job's folder, without an attempt: making that is the supervisor's lock. */
export async function prepareJob(run: RunDocument, target: Target): Promise<void> {
  const paths = pathsOf(run, target);
  const within = new Set(run.inputs.map(({name}) => posix.dirname(name)).filter((folder) => folder !== '.'));
  const inner = Array.from(within, (folder) => target.join(paths.inputs, folder));
  for (const folder of [paths.folder, paths.inputs, ...inner, paths.attempts])
    await target.transport.ensureFolder(folder);
}

/** Brings the inputs to the target and writes job.json, last. */
export async function uploadJob(run: RunDocument, target: Target): Promise<void> {
  const paths = pathsOf(run, target);
  await prepareJob(run, target);
  for (const input of run.inputs)
    await target.transport.placeBlob(input, target.join(paths.inputs, input.name));
  const job = makeJob(run, target);
  for (const {name, bytes} of target.launcher.filesOf?.(job) ?? [])
    await target.transport.writeFile(target.join(paths.folder, name), bytes);
  await target.transport.writeFile(paths.job, Buffer.from(`${JSON.stringify(job, null, 2)}\n`));
}
