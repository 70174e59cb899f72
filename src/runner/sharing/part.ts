/** What a member of a shared load takes from the run that made it, judged as if it had run alone. */
import type {LocalStore} from '../../cas/local/local-store.ts';
import {blobPath} from '../../cas/local/paths.ts';
import {shortId} from '../../manifest/names.ts';
import type {RunDocument, RunFile} from '../../manifest/types.gen.ts';
import type {RunnerContext} from '../context.ts';
import {EXIT_SCHEMA, type ExitRecord} from '../job.ts';
import {logLines} from '../log-lines.ts';
import type {EndedModel, Failure, JobPlan} from '../model.ts';

/** What becomes of a member once the load has ended. `alone`: it makes by itself what it asks for. */
export type Part = {to: 'alone'; reason: string} | TakenPart;

export interface TakenPart {
  to: 'completed' | 'failed' | 'cancelled';
  reason: string;
  changes: Partial<RunDocument>;
}

/** Lines of an item that its end is judged by. */
const MOST_LINES = 200;
/** The end of an item that the program went on after; what its lines and its files say decides. */
const WELL: ExitRecord = {
  schema: EXIT_SCHEMA,
  attempt: 1,
  isStarted: true,
  rc: 0,
  signal: null,
  reason: 'exit',
  startedAt: null,
  endedAt: '',
  sums: null,
  refused: [],
  changed: [],
  omitted: 0,
};

/** Of a queued run whose load has ended; undefined for any other. */
export async function findPart(context: RunnerContext, run: RunDocument): Promise<Part | undefined> {
  const {share, plan, status} = run;
  if (status !== 'queued' || !share || !plan) return undefined;
  const which = `the shared load ${shortId(share.run)}`;
  if (!context.index.has('runs', share.run)) return {to: 'alone', reason: `${which} is gone`};
  const load = await context.documents.read('runs', share.run);
  const files = filesOf(load, share.item);
  const part = {load, item: share.item, plan, files, model: context.modelOf(run)};
  const told = await readItem(context.store, part);
  const failure = await judgePart(context.store, part, told);
  if (failure === null && told.isSaved)
    return {to: 'completed', reason: `made by ${which}`, changes: takenFrom(load, run, files)};
  if (failure?.class.startsWith('guardrail.') === true) {
    const partial = files.map((file) => ({...file, isPartial: true}));
    const changes = {...takenFrom(load, run, partial), primaryOutput: null, failure};
    return {to: 'failed', reason: failure.message, changes};
  }
  if (load.status === 'cancelled') return {to: 'cancelled', reason: `cancelled with ${which}`, changes: {}};
  const why = failure?.message ?? 'its log does not say that it was saved.';
  return {to: 'alone', reason: `${which} did not make it: ${why}`};
}

/** Which member each output of a load belongs to, and what it is called there, by its name. */
export function ownersIn({plan}: RunDocument): ReadonlyMap<string, {item: number; name: string}> {
  return new Map(plan?.outputs.flatMap(({name, of}) => (of ? [[name, of]] : [])));
}

/** Under the names that they have in the member. */
function filesOf(load: RunDocument, item: number): RunFile[] {
  const owners = ownersIn(load);
  return load.outputs.flatMap((output) => {
    const of = owners.get(output.name);
    if (of?.item !== item) return [];
    const file = {...output, name: of.name};
    // Parts of a load that failed may be whole.
    delete file.isPartial;
    delete file.isLate;
    return [file];
  });
}

interface PartOf {
  load: RunDocument;
  model: EndedModel;
  item: number;
  plan: JobPlan;
  files: readonly RunFile[];
}

async function judgePart(
  store: LocalStore,
  {load, model, plan, files}: PartOf,
  {lines, isSaved, isPassed}: Told,
): Promise<Failure | null> {
  const {paths} = store.context;
  const collected = files.map((file) => ({...file, path: blobPath(paths, file.digest)}));
  const problems = await model.checkOutputs(collected, plan);
  // What ended the program has ended the item that it was at, and no other.
  const exit = isSaved || isPassed ? WELL : {...WELL, ...endOf(load)};
  return model.classify({exit, logTail: lines, problems});
}

function endOf({status, execution, failure}: RunDocument): Pick<ExitRecord, 'rc' | 'signal' | 'reason'> {
  const {exitCode: rc = null, signal = null} = execution;
  if (status === 'cancelled') return {rc, signal, reason: 'cancel'};
  if (failure?.class === 'job.timeout') return {rc, signal, reason: 'timeout'};
  if (signal !== null) return {rc, signal, reason: 'signal'};
  return {rc, signal, reason: rc === null ? 'lost' : 'exit'};
}

/** What the log says of an item. */
interface Told {
  /** Its last ones. */
  lines: string[];
  /** It was done. */
  isSaved: boolean;
  /** A later one was begun. */
  isPassed: boolean;
}

/** Nothing where the log is lost, or the item was never begun. */
async function readItem(store: LocalStore, {load, item, model}: PartOf): Promise<Told> {
  const told: Told = {lines: [], isSaved: false, isPassed: false};
  const {sharing} = model;
  let current = 0;
  for await (const line of logLines(store, load.log)) {
    const started = sharing?.startsItem(line);
    if (started !== undefined) current = started === 'next' ? current + 1 : started;
    if (sharing?.endsItem(line) === item) told.isSaved = true;
    if (current > item) told.isPassed = true;
    if (current !== item) continue;
    told.lines.push(line);
    if (told.lines.length > MOST_LINES) told.lines.shift();
  }
  return told;
}

function takenFrom(load: RunDocument, run: RunDocument, outputs: RunFile[]): Partial<RunDocument> {
  const {command, host, container} = load.execution;
  const primary = run.plan?.primaryOutput;
  return {
    outputs,
    primaryOutput: outputs.find(({name}) => name === primary)?.name ?? null,
    log: load.log,
    model: load.model,
    ...(load.remarks && {remarks: load.remarks}),
    execution: {
      ...run.execution,
      command,
      ...(host !== undefined && {host}),
      ...(container !== undefined && {container}),
    },
  };
}
