/**
 * Models described entirely in cosmos.toml: an argv template, named inputs, expected outputs and, if wanted, a JSON
 * Schema of the parameters. Any program's outputs become a run.
 */
import {classifyEnd} from '../../classify.ts';
import type {JobPlan, Model, NormalRequest, RunRequest} from '../../model.ts';
import {checkExpectedOutputs} from '../../outputs-check.ts';
import {fillTemplate, placesIn} from '../../template.ts';
import {TARGET_PLACES, templatesOf, type CustomModel} from './model.ts';
import {normaliseCustom} from './normalise.ts';

/** The adapter of one model. */
export function makeCustomModel(model: CustomModel): Model {
  return {
    ...endedCustomModel,
    normalise: (request: RunRequest) => normaliseCustom(model, request),
    plan: (normal) => planCustom(model, normal),
  };
}

/** What is needed of any custom model once it runs; its settings may have changed or gone since. */
export const endedCustomModel: Model = {
  table: null,
  specHint: 'A request file looks like {"inputs": {"color": "color.mp4"}, "parameters": {"strength": 0.5}}.',
  normalise: () => Promise.reject(new Error('a custom model is planned from its settings')),
  plan: () => {
    throw new Error('a custom model is planned from its settings');
  },
  readProgress: readPercent,
  countsAll: true,
  checkOutputs: checkExpectedOutputs,
  classify: classifyEnd,
};

function planCustom(model: CustomModel, normal: NormalRequest): JobPlan {
  const parameters = Object.entries(normal.parameters).map(([name, value]) => [
    `parameters.${name}`,
    textOf(value),
  ]);
  const values = {...(Object.fromEntries(parameters) as Record<string, string>), workspace: model.workspace};
  const fill = (argument: string): string => fillTemplate(argument, values, true);
  const [program, ...rest] = model.argv;
  return {
    argv: [fill(program), ...rest.map(fill)],
    environment: [...model.environment],
    outputs: model.outputs.map(({name, role, mediaType}) => ({name, role, mediaType, isRequired: true})),
    timeoutMs: model.timeoutMs,
    ...primaryOf(model),
    workdir: model.workdir === null ? null : fill(model.workdir),
    image: model.image,
    mounts: model.mounts.map(({source, target, isReadOnly}) => ({
      source: fill(source),
      target: fill(target),
      isReadOnly,
    })),
    needs: needsOf(model),
    gpus: model.gpus,
  };
}

/** What the templates name of the target, and a GPU when it asks for one. */
function needsOf(model: CustomModel): NonNullable<JobPlan['needs']> {
  const named = templatesOf(model).flatMap(({templates}) => templates.flatMap(placesIn));
  const places = TARGET_PLACES.filter((place) => named.includes(place));
  return [...places, ...(model.gpus > 0 ? (['gpu'] as const) : [])];
}

function primaryOf(model: CustomModel): Pick<JobPlan, 'primaryOutput'> {
  const primary = model.outputs.find(({isPrimary}) => isPrimary);
  return primary ? {primaryOutput: primary.name} : {};
}

/** As a program would like to read it: texts as they are, everything else as JSON. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The one convention that many programs share: `12/48` or `25%` in a line. */
function readPercent(line: string): ReturnType<Model['readProgress']> {
  const steps = /\b(\d{1,7})\s*\/\s*(\d{1,7})\b/.exec(line);
  const [done, total] = [Number(steps?.[1]), Number(steps?.[2])];
  if (steps && total > 0 && done <= total) return {done, total, phase: 'running'};
  const percent = /\b(\d{1,3})(?:\.\d+)?\s?%/.exec(line);
  return percent && Number(percent[1]) <= 100
    ? {done: Number(percent[1]), total: 100, phase: 'running'}
    : undefined;
}
