/** From a planned run to job.json: every place filled in, with what the target adds to every job. */
import type {RunDocument} from '../manifest/types.gen.ts';
import {attemptOf, pathsOf} from './attempt.ts';
import {JOB_SCHEMA, type Job, type JobContainer, type JobMount} from './job.ts';
import type {JobPlan} from './model.ts';
import type {Target} from './target.ts';
import {fillTemplate} from './template.ts';

/** Between the polite request to stop and the end by force: long enough for a model to close its files. */
const STOP_GRACE_MS = 10_000;

/** What a job needs to know of the target that it is made for. */
export type JobPlace = Pick<Target, 'root' | 'join' | 'jobs'>;

export function makeJob(run: RunDocument, target: JobPlace): Job {
  const plan = run.plan;
  if (!plan) throw new Error(`run ${run.id} has no plan`);
  const places = placesOf(run, target);
  return {
    schema: JOB_SCHEMA,
    id: run.execution.job ?? run.id,
    attempt: attemptOf(run),
    argv: plan.argv.map((argument) => fillTemplate(argument, places)),
    env: [...new Set([...plan.environment, ...target.jobs.environment])],
    variables: variablesOf(plan, places),
    workdir: plan.workdir ? fillTemplate(plan.workdir, places) : null,
    container: containerOf(plan, target, places),
    gpus: plan.gpus ?? 0,
    after: run.after ?? [],
    inputs: run.inputs.map(({name, digest, size}) => ({name, digest, size})),
    outputs: plan.outputs.map((output) => ({...output, run: run.id})),
    limits: {timeoutMs: plan.timeoutMs ?? target.jobs.timeoutMs, stopGraceMs: STOP_GRACE_MS},
  };
}

type Places = Readonly<Record<string, string>>;

function placesOf(run: RunDocument, target: JobPlace): Places {
  const paths = pathsOf(run, target);
  const inputs = run.inputs.map(({role, name}): [string, string] => [
    `inputs.${role}`,
    target.join(paths.inputs, name),
  ]);
  return {
    ...Object.fromEntries(inputs),
    ...target.jobs.places,
    outputs: paths.outputs,
    job: paths.folder,
    spec: target.join(paths.inputs, 'spec.json'),
  };
}

/** A variable whose value is one optional place, as in `{hfCache?}`, is dropped where the target has none. */
function variablesOf({variables = {}}: JobPlan, places: Places): Record<string, string> {
  const filled = Object.entries(variables).flatMap(([name, template]): [string, string][] => {
    const optional = /^\{([a-zA-Z]+)\?\}$/.exec(template)?.[1];
    if (optional === undefined) return [[name, fillTemplate(template, places)]];
    const value = places[optional];
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(filled);
}

/** The image of the model, else that of the target. Folders of the target are seen under their own paths. */
function containerOf(plan: JobPlan, target: JobPlace, places: Places): JobContainer | null {
  const {container} = target.jobs;
  const image = plan.image ?? container?.image ?? null;
  if (!container || image === null) return null;
  const folders = Object.values(target.jobs.places).map((path) => ({
    source: path,
    target: path,
    isReadOnly: false,
  }));
  const own = (plan.mounts ?? []).map((mount) => ({
    ...mount,
    source: fillTemplate(mount.source, places),
    target: fillTemplate(mount.target, places),
  }));
  return {...container, image, mounts: withoutNested([...folders, ...own, ...container.mounts])};
}

/** A folder below one that is mounted at its own path is there already. */
function withoutNested(mounts: readonly JobMount[]): JobMount[] {
  const isSame = ({source, target}: JobMount): boolean => source === target;
  const isInside = (inner: JobMount, outer: JobMount): boolean =>
    isSame(inner) && isSame(outer) && inner.source.startsWith(`${outer.source.replace(/\/$/, '')}/`);
  const unique = mounts.filter(
    (mount, index) => mounts.findIndex(({target}) => target === mount.target) === index,
  );
  return unique.filter((mount) => !unique.some((other) => other !== mount && isInside(mount, other)));
}
