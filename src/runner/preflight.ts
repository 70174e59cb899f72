/** What must be there before a run is made: everything that would fail later, at the price of GPU time, said at once. */
import {CosmosError} from '../errors.ts';
import type {JobPlan} from './model.ts';
import type {Target} from './target.ts';
import {fillTemplate} from './template.ts';

/** Inputs lie in the cache and are linked from there; the margin is for the log and the outputs. */
const MARGIN_BYTES = 1 << 30;

export interface PreflightRequest {
  /** Of runs of one model. */
  plans: readonly JobPlan[];
  /** Of the inputs of all of them. */
  inputBytes: number;
}

export interface Preflight {
  /** What may surprise. */
  warnings: string[];
  /** How many the target has; null where nobody looked. */
  gpus: number | null;
}

/**
 * Contacts the target, once for all runs of one model that are to be started there.
 * @throws CosmosError target.failed with every finding; target.unreachable, host.unknown and others of the connection
 */
export async function preflight(target: Target, {plans, inputBytes}: PreflightRequest): Promise<Preflight> {
  const [plan] = plans;
  if (!plan) return {warnings: [], gpus: null};
  const findings = findMissingSettings(target, plan);
  if (findings.length > 0) throw notReady(target, findings);
  const report = await target.report({
    image: imageOf(target, plan),
    isTrying: false,
    files: [...new Set(plans.flatMap(({requires}) => requires ?? []))].map((path) =>
      fillTemplate(path, target.jobs.places),
    ),
  });
  if (!report) return {warnings: [], gpus: null};
  const needed = inputBytes + MARGIN_BYTES;
  const isFull = report.freeBytes !== null && report.freeBytes < needed;
  const gpus = Math.max(...plans.map((each) => each.gpus ?? 0));
  const problems = [
    ...report.problems,
    ...(isFull
      ? [`the run needs about ${gigabytes(needed)} there; ${gigabytes(report.freeBytes ?? 0)} are free`]
      : []),
    ...(report.gpus.length > 0 && report.gpus.length < gpus
      ? [`the run needs ${gpus} GPUs; there are ${report.gpus.length}`]
      : []),
  ];
  if (problems.length > 0) throw notReady(target, problems);
  const isBlind = gpus > 0 && report.gpus.length === 0;
  const blind = isBlind ? [`no GPU was seen on ${target.name}: nvidia-smi is not there`] : [];
  return {warnings: [...report.warnings, ...blind], gpus: report.gpus.length};
}

function imageOf(target: Target, plan: JobPlan): string | null {
  return target.jobs.container === null ? null : (plan.image ?? target.jobs.container.image);
}

function findMissingSettings(target: Target, plan: JobPlan): string[] {
  const {container, places} = target.jobs;
  const needs = (plan.needs ?? []).filter((need) => need !== 'gpu' && places[need] === undefined);
  const isImageless = container !== null && imageOf(target, plan) === null;
  const isWithoutContainers = container === null && plan.image != null;
  return [
    ...needs.map((need) => `"${need}" is not set, which this model needs`),
    ...(isImageless ? ['"image" is not set, and the model names none'] : []),
    ...(isWithoutContainers
      ? [`the model runs in the image ${plan.image ?? ''}, and this target runs no containers`]
      : []),
  ];
}

function notReady(target: Target, findings: readonly string[]): CosmosError {
  const list =
    findings.length === 1 ? ` ${findings[0] ?? ''}` : `\n${findings.map((each) => `  - ${each}`).join('\n')}`;
  const isLocal = target.name === 'local';
  return new CosmosError('target.failed', `The target ${target.name} is not ready:${list}`, {
    hint: isLocal
      ? 'Nothing was started. Tell cosmos where the model lies here, as in "cosmos config set local.checkout /path", or choose another target with --target NAME; "cosmos target add" makes one.'
      : `Nothing was started. Set right what is there, or what cosmos knows of it: cosmos target set ${target.name} KEY=VALUE`,
    facts: {target: target.name, findings},
  });
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
