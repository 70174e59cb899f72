/** `cosmos run`, up to the moment when the runs exist: settings, model, plans, space, documents. */
import {CosmosError} from '../errors.ts';
import type {Lease} from '../cas/catalog/leases.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {randomHex} from '../platform/random.ts';
import type {RunnerContext} from '../runner/context.ts';
import {createRun, planRun, type CreateOptions, type PlannedRun} from '../runner/create.ts';
import type {Model, RunRequest} from '../runner/model.ts';
import type {RunSource} from '../runner/source.ts';
import {checkTogether} from './check-together.ts';
import {withControls} from './given-controls.ts';
import {findSources, resultOfRun, sourceOfRun, type Found, type FromRun} from './run-source.ts';
import type {Prepared} from './prepared.ts';
import {withUpscale} from './plan-upscale.ts';
import {ENHANCE, findModel} from './models.ts';
import type {Settings} from './settings/types.ts';
import {LOCAL, type Targets} from './targets.ts';
import type {Workspace} from './workspace.ts';

/** What a person asks for: one run, or several of a kind. */
export interface StartRequest extends Omit<RunRequest, 'source' | 'base'> {
  /** A scene or a spec file, as it was written, or as it was read already. Undefined: that of the run in `from`. */
  source: string | RunSource | undefined;
  /** Where relative paths start, absolute. */
  folder: string;
  /** The prompt that the texts were taken from. */
  promptId?: string | undefined;
  /**
   * Id of an earlier run, or a unique beginning of it, or its document. `again`: its spec, parameters, model and target count
   * where nothing else is said. `result`: its video is the input.
   */
  from: {run: string | RunDocument; as: 'again' | 'result'} | undefined;
  /** `preview`: edges and blur are computed here and sent, instead of by the model. */
  controls: 'model' | 'preview';
  /** How many runs of each, with one seed after the other. */
  repeat: number;
  /** Whether each result is upscaled by a run of its own. */
  upscale: boolean;
  name: string | null;
  /** Whether it may share a load of the model with others that are started with it. */
  mayShare: boolean;
  /** Ids of runs, or unique beginnings of them, that must have ended before this one starts. */
  after: readonly string[];
  /** Else the setting run.model. */
  model: string | undefined;
  /** Else the setting run.retries. */
  retries: number | undefined;
  /** Else the setting run.target. */
  target: string | undefined;
}

/** What counts where nothing is said. */
export const PLAIN_REQUEST: Omit<StartRequest, 'source' | 'folder'> = {
  prompt: null,
  negative: null,
  weights: {},
  set: {},
  seed: null,
  flags: {},
  from: undefined,
  controls: 'model',
  repeat: 1,
  mayShare: true,
  upscale: false,
  name: null,
  after: [],
  model: undefined,
  retries: undefined,
  target: undefined,
};

/** Everything that can be checked before anything is written. One run for each spec and repetition. */
export async function prepareRuns(
  workspace: Workspace,
  targets: Targets,
  request: StartRequest,
): Promise<Prepared[]> {
  return checkTogether(workspace, await planRequest(workspace, targets, request));
}

/** What was read once for several requests. */
export type SourceCache = Map<string, Promise<Found>>;

/** The runs of one request, without a look at the target and at the space that they need. */
export async function planRequest(
  workspace: Workspace,
  targets: Targets,
  request: StartRequest,
  cache: SourceCache = new Map(),
): Promise<Prepared[]> {
  const {settings} = await workspace.settings();
  const after = [...new Set(request.after.map((id) => workspace.index.resolve('runs', id)))];
  const from = request.from && (await readFrom(workspace, request.from));
  const modelName = request.model ?? (from ? modelOf(from.run) : settings.run.model);
  const askedTarget = request.target ?? from?.run.execution.target;
  const target = await targets.get(chooseTarget(modelName, askedTarget, settings));
  const model = findModel(modelName, settings, workspace.root);
  const {sources, prompt} = await readSources(workspace, request, {model, from: from?.source, cache});
  const base = from && basedOn(from, request);
  const planned: PlannedRun[] = [];
  for (const source of sources) {
    const own = {...request, ...textsOf(request, prompt), ...base, source};
    const given = request.controls === 'preview' ? await withControls(workspace, modelName, own) : own;
    planned.push(...(await planRepeated(model, given, request.repeat)));
  }
  for (const {plan} of planned) plan.retries = request.retries ?? settings.run.retries;
  const parents: RunDocument['parents'] = from ? [{run: from.run.id, relation: from.relation}] : [];
  const {name} = request;
  const known = promptsOf(workspace, from?.run, prompt);
  const prepared = planned.map((each) => ({
    ...{name, modelName, target, planned: each, after, parents},
    ...{estimatedMs: null, gpusThere: null, warnings: []},
    ...(request.mayShare && model.sharing && {sharing: model.sharing}),
    ...linkOf(request, known, each),
  }));
  return request.upscale ? Promise.all(prepared.map(withUpscale)) : prepared;
}

async function readFrom(
  workspace: Workspace,
  {run, as}: NonNullable<StartRequest['from']>,
): Promise<FromRun> {
  const {documents, index} = workspace;
  const document = typeof run === 'string' ? await documents.read('runs', index.resolve('runs', run)) : run;
  return as === 'again' ? sourceOfRun(workspace, document) : resultOfRun(workspace, document);
}

/** What an earlier run gives where nothing else is said. */
function basedOn(
  {base, prompt, negative}: FromRun,
  request: StartRequest,
): Pick<RunRequest, 'prompt' | 'negative'> & {base: NonNullable<RunRequest['base']>} {
  return {base, prompt: request.prompt ?? prompt, negative: request.negative ?? negative};
}

function modelOf({model}: RunDocument): string {
  return model.name ?? model.family;
}

type KnownPrompt = NonNullable<Found['prompt']>;

/** What a run may be of: the prompt that it was asked for by, and that of the run that it is made from, if it is still there. */
function promptsOf(
  {index}: Workspace,
  run: RunDocument | undefined,
  prompt: Found['prompt'],
): readonly KnownPrompt[] {
  const earlier = run?.prompt && index.has('prompts', run.prompt.id) ? [run.prompt] : [];
  return [...(prompt ? [prompt] : []), ...earlier];
}

function linkOf(
  request: StartRequest,
  known: readonly KnownPrompt[],
  each: PlannedRun,
): Pick<Prepared, 'promptId'> {
  const id = request.promptId ?? known.find((prompt) => isOf(prompt, each))?.id;
  return id === undefined ? {} : {promptId: id};
}

/** Whether a run has the texts of the prompt that it was asked for by. */
function isOf({text, negative}: KnownPrompt, {normal}: PlannedRun): boolean {
  return normal.prompt?.text === text && normal.prompt.negative === negative;
}

/** What the command line says, else the texts of the prompt that is run. */
function textsOf(request: StartRequest, prompt: Found['prompt']): Pick<RunRequest, 'prompt' | 'negative'> {
  return {
    prompt: request.prompt ?? prompt?.text ?? null,
    negative: request.negative ?? (request.prompt === null ? (prompt?.negative ?? null) : null),
  };
}

async function readSources(
  workspace: Workspace,
  {source, folder}: StartRequest,
  {model, from, cache}: {model: Model; from: RunSource | undefined; cache: SourceCache},
): Promise<Found> {
  if (typeof source === 'object') return {sources: [source]};
  if (source !== undefined) {
    const place = {folder, specHint: model.specHint};
    const known = cache.get(source) ?? findSources(workspace, source, place);
    cache.set(source, known);
    return known;
  }
  if (from) return {sources: [from]};
  throw new CosmosError('usage.invalid', 'SOURCE is missing, and there is no --from: nothing to run.', {
    hint: 'Give a scene folder, as in: cosmos run examples/scenes/city',
  });
}

/** The first has the seed that was asked for, or the model's own; each further one has the next. */
async function planRepeated(model: Model, request: RunRequest, repeat: number): Promise<PlannedRun[]> {
  const first = await planRun(model, request);
  const {seed} = first.normal.parameters;
  const set = Object.fromEntries(Object.entries(request.set).filter(([key]) => key !== 'seed'));
  const planned = [first];
  while (planned.length < repeat) {
    const next = typeof seed === 'number' ? seed + planned.length : null;
    planned.push(await planRun(model, next === null ? request : {...request, set, seed: next}));
  }
  return planned;
}

/**
 * Having a target configured never turns a preview into a paid run, and an endpoint is asked from here. @throws CosmosError
 * usage.invalid
 */
function chooseTarget(model: string, asked: string | undefined, {run, enhance}: Settings): string {
  const isAsked = model === ENHANCE && enhance.endpoint !== undefined;
  if (model !== 'preview' && !isAsked) return asked ?? run.target;
  if (asked === undefined || asked === LOCAL) return LOCAL;
  if (isAsked)
    throw new CosmosError('usage.invalid', `The endpoint is asked from this machine, not from "${asked}".`, {
      hint: "Leave --target out. NVIDIA's upsampler runs on a target once models.enhance.endpoint is not set.",
    });
  throw new CosmosError('usage.invalid', `A preview runs on this machine, not on "${asked}".`, {
    hint: `Leave --target out, or choose a model that renders, such as: --model transfer1 --target ${asked}`,
  });
}

/** Makes the run. It is driven by nobody else until the lease is released. */
export function startRun(
  runner: RunnerContext,
  prepared: Prepared,
  options: Pick<CreateOptions, 'batch' | 'share' | 'id' | 'contact'> = {},
): Promise<{run: RunDocument; lease: Lease}> {
  const {planned, name, target, after, parents, promptId, next} = prepared;
  return createRun(runner, planned, {
    ...{name, after, parents, target, random: randomHex},
    ...(promptId !== undefined && {promptId}),
    ...(next && {next: 'upscale'}),
    ...options,
  });
}
