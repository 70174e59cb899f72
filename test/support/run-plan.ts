/** A job as its target would start it, with a stand-in as the program and no supervisor around it. */
import assert from 'node:assert/strict';
import {copyFile, mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {
  CollectedFile,
  Failure,
  JobPlan,
  Model,
  NormalRequest,
  OutputProblem,
} from '../../src/runner/model.ts';
import {makeExit, makeRun} from '../runner/run-document.ts';
import type {Ended, Machine} from './stand-ins.ts';
import {temporaryFolder} from './temporary.ts';

// Errors are compared by class, so everything has to come from the same loader.
const {canonicalBytes} = await import('../../src/manifest/canonical.ts');
const {pathsOf} = await import('../../src/runner/attempt.ts');
const {makeJob} = await import('../../src/runner/make-job.ts');

interface PlanEnded extends Pick<Ended, 'rc' | 'signal'> {
  plan: JobPlan;
  inputs: string;
  outputs: string;
  /** Names of what was made, also in folders. */
  names: string[];
  log: string[];
  problems: OutputProblem[];
  /** How the model judges its end. */
  failure: Failure | null;
}

export interface PlanOptions {
  machine: Machine;
  env?: Record<string, string>;
  /** Before the program starts, in the folder of the inputs. */
  alter?: (inputs: string) => Promise<void>;
}

export async function runPlan(
  model: Model,
  normal: NormalRequest,
  {machine, env = {}, alter}: PlanOptions,
): Promise<PlanEnded> {
  const plan = model.plan(normal);
  const run = makeRun({plan});
  const jobs = {places: machine.places, environment: [], timeoutMs: null, container: null};
  const place = {root: await temporaryFolder('jobs'), join, jobs};
  const {inputs, outputs} = pathsOf(run, place);
  await mkdir(inputs, {recursive: true});
  for (const {name, content} of normal.inputs)
    if ('path' in content) await copyFile(content.path, join(inputs, name));
  await writeFile(join(inputs, 'spec.json'), canonicalBytes(normal.makeSpec(inputs)));
  await alter?.(inputs);
  const {argv, variables, workdir} = makeJob(run, place);
  assert.equal(workdir, machine.checkout);
  const [program = '', ...words] = argv;
  const {rc, signal, stdout, stderr} = await machine.run(program, words, {
    PYTHONPATH: '',
    ...variables,
    ...env,
  });
  const log = linesOf(stdout, stderr);
  const names = await readdir(outputs, {recursive: true}).catch((): string[] => []);
  const problems = await model.checkOutputs(await collect(outputs, names, plan), plan);
  const exit = makeExit(signal === null ? {rc} : {reason: 'signal', rc: null, signal});
  const failure = model.classify({exit, logTail: log.slice(-200), problems});
  return {rc, signal, plan, inputs, outputs, names, log, problems, failure};
}

/** As the log of a job holds them: bars that were drawn over themselves are lines, too. */
export function linesOf(...texts: string[]): string[] {
  return texts
    .join('\n')
    .split(/\r?\n|\r/)
    .filter((line) => line !== '');
}

/** What a stand-in says that it was given. */
export async function readReceived<T>(outputs: string): Promise<T> {
  return JSON.parse(await readFile(join(outputs, 'received.json'), 'utf8')) as T;
}

function collect(folder: string, names: readonly string[], {outputs}: JobPlan): Promise<CollectedFile[]> {
  const planned = outputs.filter(({name}) => names.includes(name));
  return Promise.all(
    planned.map(async ({name, mediaType}) => {
      const path = join(folder, name);
      return {name, path, mediaType, size: (await stat(path)).size};
    }),
  );
}
