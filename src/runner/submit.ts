/** From a planned run to a supervisor that has its job. Every step can be repeated: a crash may follow any of them. */
import {join} from 'node:path';
import type {RunDocument} from '../manifest/types.gen.ts';
import {attemptOf, pathsOf} from './attempt.ts';
import {JOB_SCHEMA, type Job} from './job.ts';
import type {Target} from './target.ts';
import {fillTemplate} from './template.ts';

/** Between the polite request to stop and the end by force: long enough for a model to close its files. */
const STOP_GRACE_MS = 10_000;

/** The job's folder, without an attempt: making that is the supervisor's lock. */
export async function prepareJob(run: RunDocument, target: Target): Promise<void> {
  const paths = pathsOf(run, target);
  for (const folder of [paths.folder, paths.inputs, paths.attempts])
    await target.transport.ensureFolder(folder);
}

/** Brings the inputs to the target and writes job.json, last. */
export async function uploadJob(run: RunDocument, target: Target): Promise<void> {
  const paths = pathsOf(run, target);
  await prepareJob(run, target);
  for (const input of run.inputs) await target.transport.placeBlob(input, join(paths.inputs, input.name));
  const job = makeJob(run, target);
  await target.transport.writeFile(paths.job, Buffer.from(`${JSON.stringify(job, null, 2)}\n`));
}

export function makeJob(run: RunDocument, target: Target): Job {
  const plan = run.plan;
  if (!plan) throw new Error(`run ${run.id} has no plan`);
  return {
    schema: JOB_SCHEMA,
    id: run.execution.job ?? run.id,
    attempt: attemptOf(run),
    argv: commandOf(run, target),
    env: plan.environment,
    inputs: run.inputs.map(({name, digest, size}) => ({name, digest, size})),
    outputs: plan.outputs.map((output) => ({...output, run: run.id})),
    limits: {timeoutMs: plan.timeoutMs, stopGraceMs: STOP_GRACE_MS},
  };
}

/** The command line with every place filled in for this attempt. */
export function commandOf(run: RunDocument, target: Target): string[] {
  const paths = pathsOf(run, target);
  const inputs = run.inputs.map(({role, name}): [string, string] => [
    `inputs.${role}`,
    join(paths.inputs, name),
  ]);
  const values = {
    ...Object.fromEntries(inputs),
    outputs: paths.outputs,
    job: paths.folder,
    spec: join(paths.inputs, 'spec.json'),
  };
  return (run.plan?.argv ?? []).map((argument) => fillTemplate(argument, values));
}
