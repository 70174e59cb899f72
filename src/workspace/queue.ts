/**
 * What runs and waits on a target: the line as the machine shows it, with what this workspace knows of its own runs.
 * A machine that does not answer is shown as the documents know it.
 */
import type {RunSummary} from '../manifest/index/derive.ts';
import type {DocumentIndex} from '../manifest/index/document-index.ts';
import {isoTime, sleep} from '../platform/clock.ts';
import {CosmosError} from '../errors.ts';
import {estimateStarts, type Delay} from '../runner/estimate.ts';
import type {Target} from '../runner/target.ts';
import {readLine, type Line, type LineSlot, type LineTicket} from '../runner/targets/line.ts';
import type {Waiting} from '../runner/waiting.ts';
import {Durations} from './durations.ts';
import type {Targets} from './targets.ts';
import type {Workspace} from './workspace.ts';

/** A job as far as anybody knows it. */
export interface QueuedJob {
  /** Null for one of an earlier version, or of another user. */
  job: string | null;
  /** Its run, when it is one of this workspace. */
  run: RunSummary | null;
  /** Another user of the machine. */
  owner: string | null;
}

export interface QueuedGpu {
  /** Null for what is known from the documents alone. */
  gpu: {index: number; uuid: string; name: string} | null;
  /** Null for a free one. */
  holder: QueuedJob | null;
  sinceMs: Delay;
}

export interface QueuedTicket extends QueuedJob {
  /** Null for what is held, and for what has not joined the line. */
  place: number | null;
  /** Null for what is in the line for GPUs; else what the document says. */
  waiting: Waiting | null;
  isHeld: boolean;
  /** Its supervisor is gone: it will not start until a cosmos looks after it. */
  isDead: boolean;
  gpus: number | null;
  sinceMs: Delay;
  /** ISO time; null for unknown. */
  estimatedStart: string | null;
}

export interface TargetQueue {
  target: string;
  /** Why the machine could not be asked; null when it was. */
  problem: string | null;
  canQueue: boolean;
  running: QueuedGpu[];
  waiting: QueuedTicket[];
  /** Users of the machine whose lines cannot be seen. */
  closed: string[];
}

/** A silent machine must not hold up the others. */
const PATIENCE_MS = 5000;

/** Never rejects for what is wrong with the machine. */
export async function readQueue(workspace: Workspace, targets: Targets, name: string): Promise<TargetQueue> {
  try {
    return describeLine(workspace, name, await answerOf(await targets.get(name)));
  } catch (error) {
    if (!(error instanceof CosmosError)) throw error;
    return recallQueue(workspace, name, error.message);
  }
}

async function answerOf(target: Target): Promise<Line> {
  const {runner} = target;
  if (!runner) throw new Error(`${target.name} has no line`);
  const reading = readLine(runner);
  const line = await Promise.race([reading, sleep(PATIENCE_MS)]);
  if (line) return line;
  reading.catch(() => undefined);
  await target.close();
  throw new CosmosError('target.unreachable', `${target.name} has not answered within 5 s.`);
}

function describeLine({index, now}: Workspace, target: string, line: Line): TargetQueue {
  const durations = new Durations(index);
  const running = listGpus(index, line);
  const own = running.filter(({holder}) => holder?.owner == null);
  const next = line.tickets.filter(isNext).map((ticket) => ({ticket, run: runOf(index, ticket)}));
  const starts = estimateStarts(
    own.map(({holder, sinceMs}) => (holder ? durations.left(holder.run, sinceMs) : 0)),
    next.map(({ticket, run}) => ({gpus: ticket.gpus, durationMs: durations.ofRun(run)})),
  );
  const waiting = line.tickets.map((ticket): QueuedTicket => {
    const position = next.findIndex((each) => each.ticket === ticket);
    const start = starts[position] ?? null;
    return {
      ...jobOf(index, ticket),
      place: position < 0 ? null : position + 1,
      waiting: null,
      isHeld: ticket.isHeld,
      isDead: ticket.supervisor === 'dead',
      gpus: ticket.gpus,
      sinceMs: ticket.ageMs,
      estimatedStart: start === null ? null : isoTime(now() + start),
    };
  });
  const isSeen = ({id}: RunSummary): boolean => [...line.tickets, ...line.slots].some(({job}) => job === id);
  const early = listOpen(index, target).filter((run) => run.waiting?.for === 'runs' && !isSeen(run));
  return {
    target,
    problem: null,
    canQueue: line.canQueue,
    running,
    waiting: [...waiting, ...early.map((run) => recallTicket(run, now()))],
    closed: line.closed,
  };
}

/** Every GPU, free or not; then what other users say of GPUs that they have. */
function listGpus(index: DocumentIndex, {gpus, slots}: Line): QueuedGpu[] {
  const holderOf = (slot: LineSlot | undefined): Omit<QueuedGpu, 'gpu'> => ({
    holder: slot ? jobOf(index, slot) : null,
    sinceMs: slot?.ageMs ?? null,
  });
  const own = gpus.map((gpu) => ({
    gpu,
    ...holderOf(slots.find(({owner, gpu: uuid}) => owner === null && uuid === gpu.uuid)),
  }));
  const others = slots.filter(({owner}) => owner !== null);
  return [
    ...own,
    ...others.map((slot) => ({
      gpu: gpus.find(({uuid}) => uuid === slot.gpu) ?? null,
      ...holderOf(slot),
    })),
  ];
}

/** Who stands in the line of other users does not stand before us. */
function isNext({owner, isHeld, supervisor}: LineTicket): boolean {
  return owner === null && !isHeld && supervisor !== 'dead';
}

function jobOf(index: DocumentIndex, entry: LineSlot | LineTicket): QueuedJob {
  return {job: entry.job, owner: entry.owner, run: runOf(index, entry)};
}

function runOf(index: DocumentIndex, {job}: LineSlot | LineTicket): RunSummary | null {
  return (job === null ? undefined : index.getRun(job)) ?? null;
}

function listOpen(index: DocumentIndex, target: string): RunSummary[] {
  return index.listActiveRuns().filter((run) => run.target === target);
}

/** What the documents say of a machine that nobody could ask. */
function recallQueue({index, now}: Workspace, target: string, problem: string): TargetQueue {
  const open = listOpen(index, target);
  const running = open.filter(({status}) => status === 'running');
  return {
    target,
    problem,
    canQueue: true,
    running: running.map((run) => ({
      gpu: null,
      holder: {job: run.id, owner: null, run},
      sinceMs: now() - Date.parse(run.since),
    })),
    waiting: open.filter(({waiting}) => waiting).map((run) => recallTicket(run, now())),
    closed: [],
  };
}

function recallTicket(run: RunSummary, now: number): QueuedTicket {
  const {waiting = null} = run;
  return {
    job: run.id,
    owner: null,
    run,
    place: waiting?.place ?? null,
    waiting,
    isHeld: waiting?.for === 'release',
    isDead: false,
    gpus: null,
    sinceMs: waiting ? now - Date.parse(waiting.at) : null,
    estimatedStart: null,
  };
}
