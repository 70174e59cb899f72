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
/** The program ended well as far as this item goes; what its lines and its files say decides. */
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
  const failure = await judgePart(context.store, part);
  if (failure === null)
    return {to: 'completed', reason: `made by ${which}`, changes: takenFrom(load, run, files)};
  if (failure.class.startsWith('guardrail.')) {
    const partial = files.map((file) => ({...file, isPartial: true}));
    const changes = {...takenFrom(load, run, partial), primaryOutput: null, failure};
    return {to: 'failed', reason: failure.message, changes};
  }
  if (load.status === 'cancelled') return {to: 'cancelled', reason: `cancelled with ${which}`, changes: {}};
  return {to: 'alone', reason: `${which} did not make it: ${failure.message}`};
}

/** Under the names that they have in the member. */
function filesOf({plan, outputs}: RunDocument, item: number): RunFile[] {
  const own = new Map(plan?.outputs.map((output) => [output.name, output]));
  return outputs.flatMap((output) => {
    const of = own.get(output.name)?.of;
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

async function judgePart(store: LocalStore, part: PartOf): Promise<Failure | null> {
  const {model, plan, files} = part;
  const {paths} = store.context;
  const collected = files.map((file) => ({...file, path: blobPath(paths, file.digest)}));
  const problems = await model.checkOutputs(collected, plan);
  return model.classify({exit: WELL, logTail: await readLines(store, part), problems});
}

/** The last lines of an item; none where the log is lost, or the item was never begun. */
async function readLines(store: LocalStore, {load, item, model}: PartOf): Promise<string[]> {
  const lines: string[] = [];
  let current = 0;
  for await (const line of logLines(store, load.log)) {
    const started = model.sharing?.startsItem(line);
    if (started !== undefined) current = started === 'next' ? current + 1 : started;
    if (current !== item) continue;
    lines.push(line);
    if (lines.length > MOST_LINES) lines.shift();
  }
  return lines;
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
