/**
 * From a request to a run that exists: inputs and spec in the store, prompt and run documents that name them. Nothing is
 * made when anything is wrong with the request.
 */
import {stat, statfs} from 'node:fs/promises';
import type {Lease} from '../cas/catalog/leases.ts';
import type {PutItem} from '../cas/local/put.ts';
import {CosmosError} from '../errors.ts';
import {makeRunId, promptIdOf} from '../manifest/names.ts';
import type {RunDocument, RunFile} from '../manifest/types.gen.ts';
import {fileSource} from '../platform/chunks.ts';
import {isoTime} from '../platform/clock.ts';
import type {RandomHex} from '../platform/random.ts';
import type {RunnerContext} from './context.ts';
import {jobPaths} from './job-paths.ts';
import {specInput} from './made-input.ts';
import type {JobPlan, Model, ModelInput, NormalRequest, RunRequest} from './model.ts';
import type {Contact, Target} from './target.ts';

/** A request that was checked and can be started; what `--dry-run` shows. */
export interface PlannedRun {
  normal: NormalRequest;
  /** As it would be sent, with the inputs' paths relative to the job's folder. */
  spec: Record<string, unknown>;
  plan: JobPlan;
  /** What would be stored and placed, the spec included. */
  inputs: PlannedInput[];
}

export interface PlannedInput {
  name: string;
  role: string;
  sizeBytes: number;
  /** Whether the target has it already, as far as somebody looked. */
  isThere?: boolean;
}

/** Where the inputs lie for a program that starts in the job's folder. */
const INPUT_FOLDER = 'inputs';

/** @throws CosmosError input.invalid, file.unreadable, media.unreadable */
export async function planRun(model: Model, request: RunRequest): Promise<PlannedRun> {
  const normal = await model.normalise(request);
  const spec = normal.makeSpec(INPUT_FOLDER);
  const inputs = await Promise.all(
    filesOf(normal).map(async (input) => ({
      name: input.name,
      role: input.role,
      sizeBytes: await sizeOf(input),
    })),
  );
  return {normal, spec, plan: model.plan(normal), inputs};
}

/** A put stages a second copy beside the first; a margin keeps the log and the outputs from being the ones to fail. */
const SPACE_FACTOR = 2;

/** @throws CosmosError store.full before anything is written */
export async function checkSpace(folder: string, planned: readonly PlannedRun[]): Promise<void> {
  const needed = SPACE_FACTOR * inputBytesOf(planned);
  const {bavail, bsize} = await statfs(folder);
  const free = bavail * bsize;
  if (free >= needed) return;
  throw new CosmosError(
    'store.full',
    `${planned.length === 1 ? 'The run needs' : 'The runs need'} about ${megabytes(needed)} in ${folder}; ${megabytes(free)} are free.`,
    {
      hint: 'Nothing was started. Free some space (cosmos gc shows what can go) and run the command again.',
      facts: {folder, needed, free},
    },
  );
}

/** What one source names is stored once, however many runs are made of it. */
export function inputBytesOf(planned: readonly PlannedRun[]): number {
  const sizes = new Map<unknown, number>();
  for (const {normal, inputs} of planned)
    for (const [index, {sizeBytes}] of inputs.entries()) {
      const content = normal.inputs[index]?.content;
      sizes.set(content && 'path' in content ? content.path : Symbol('bytes'), sizeBytes);
    }
  return Array.from(sizes.values()).reduce((sum, bytes) => sum + bytes, 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** What a run is made of. */
export interface RunParts {
  /** Without `makeSpec` where the spec is among the inputs, or there is none. */
  normal: Pick<NormalRequest, 'kind' | 'model' | 'scene' | 'prompt' | 'parameters' | 'inputs'> &
    Partial<Pick<NormalRequest, 'makeSpec'>>;
  plan: JobPlan;
}

export interface CreateOptions {
  /** Chosen beforehand; default: a new one. */
  id?: string;
  name: string | null;
  /** Ids of runs that must have ended before this one starts. They exist already, or wait for nothing that waits for this one. */
  after?: readonly string[];
  parents?: RunDocument['parents'];
  batch?: RunDocument['batch'];
  share?: RunDocument['share'];
  members?: RunDocument['members'];
  /** Of a prompt that exists and has the texts of the run. */
  promptId?: string;
  /** What model is to make a run of the result. */
  next?: NonNullable<RunDocument['next']>['model'];
  target: Target;
  /** Of a target that was reached before, so that nobody has to do it again. */
  contact?: Contact;
  random: RandomHex;
}

/** Makes the run, `queued` and driven by nobody else: the returned lease is the run's. */
export async function createRun(
  context: RunnerContext,
  planned: RunParts,
  {target, promptId, ...options}: CreateOptions,
): Promise<{run: RunDocument; lease: Lease}> {
  const id = options.id ?? makeRunId(options.random);
  const lease = await context.leases.acquire(`driving ${id}`, id);
  try {
    const contact = options.contact ?? (await target.contact());
    const folder = jobPaths(contact.root, id, 1, target.join).inputs;
    const inputs = await storeInputs(context, filesOf(planned.normal), {folder, lease});
    const prompt = await ensurePrompt(context, planned.normal, {lease, promptId});
    const run = makeRun({
      ...options,
      id,
      execution: executionOn(target, contact),
      planned,
      inputs,
      prompt,
      at: isoTime(context.now()),
      by: context.actor,
    });
    await context.journal.append('create', {run: id});
    await context.documents.create('runs', run, {lease});
    return {run, lease};
  } catch (error) {
    await lease.release();
    throw error;
  }
}

/** Where the job will lie, and which machine has it; this machine's own folder may move with the workspace. */
function executionOn(target: Target, {root, box}: Contact): RunDocument['execution'] {
  const {name, host, launcher} = target;
  const place = box === null ? {} : {address: host, root, box};
  return {target: name, launcher: launcher.name, command: [], ...place};
}

/** The inputs, and the spec that names them. */
function filesOf({inputs, makeSpec}: RunParts['normal']): ModelInput[] {
  return makeSpec ? [...inputs, specInput(makeSpec)] : inputs;
}

async function sizeOf({content}: ModelInput): Promise<number> {
  if ('path' in content) return (await stat(content.path)).size;
  return bytesOf(content, INPUT_FOLDER).length;
}

function bytesOf(content: Exclude<ModelInput['content'], {path: string}>, folder: string): Uint8Array {
  return 'bytes' in content ? content.bytes : content.make(folder);
}

/** @param folder where the inputs will lie, absolute on the target */
async function storeInputs(
  context: RunnerContext,
  inputs: readonly ModelInput[],
  {folder, lease}: {folder: string; lease: Lease},
): Promise<RunFile[]> {
  const items = inputs.map(({content, mediaType}): PutItem => ({
    mediaType,
    open: () => ('path' in content ? fileSource(content.path) : bytesOf(content, folder)),
  }));
  const blobs = await context.store.pushAll(items, lease);
  return inputs.map(({name, role, media}, index) => {
    const blob = blobs[index];
    if (!blob) throw new Error('a put of several items answered with fewer');
    return {...blob, name, role, ...(media && {media})};
  });
}

async function ensurePrompt(
  context: RunnerContext,
  {prompt}: RunParts['normal'],
  {lease, promptId}: {lease: Lease; promptId: string | undefined},
): Promise<RunDocument['prompt']> {
  if (!prompt) return null;
  const {text, negative} = prompt;
  const id = promptId ?? promptIdOf({text, negative});
  if (!context.index.has('prompts', id)) {
    const document = {
      schema: 'cosmos/prompt/v1' as const,
      id,
      aliases: [],
      name: null,
      text,
      negative,
      createdAt: isoTime(context.now()),
    };
    await context.documents.create('prompts', document, {lease}).catch((error: unknown) => {
      if (!(error instanceof CosmosError && error.code === 'document.exists')) throw error;
    });
  }
  return {id, text, negative};
}

interface RunFacts extends Pick<
  CreateOptions,
  'name' | 'after' | 'parents' | 'batch' | 'share' | 'members' | 'next' | 'random'
> {
  id: string;
  execution: RunDocument['execution'];
  planned: RunParts;
  inputs: RunFile[];
  prompt: RunDocument['prompt'];
  at: string;
  by: string;
}

function makeRun(facts: RunFacts): RunDocument {
  const {id, name, after = [], parents = [], execution, planned, inputs, prompt, at, by} = facts;
  const {batch, share, members, next, random} = facts;
  const {normal, plan} = planned;
  const spec = inputs.find(({role}) => role === 'spec');
  return {
    schema: 'cosmos/run/v1',
    id,
    aliases: [],
    name,
    kind: normal.kind,
    model: normal.model,
    status: 'queued',
    createdAt: at,
    prompt,
    scene: normal.scene,
    ...(batch && {batch}),
    ...(share && {share}),
    ...(members && {members}),
    attempts: [],
    parents,
    ...(next !== undefined && {next: {run: makeRunId(random), model: next}}),
    ...(after.length > 0 && {after: [...after]}),
    spec: spec ? {mediaType: spec.mediaType, digest: spec.digest, size: spec.size} : null,
    parameters: normal.parameters,
    inputs,
    outputs: [],
    released: [],
    primaryOutput: null,
    log: null,
    plan,
    execution,
    cancelRequested: null,
    failure: null,
    events: [{seq: 1, at, from: null, to: 'queued', by, reason: 'asked for'}],
    rating: null,
    tags: [],
    notes: null,
  };
}
