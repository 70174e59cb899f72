/** What `cosmos queue` prints: for each target the GPUs with what has them, and the line in its order. */
import {shortId} from '../manifest/names.ts';
import type {Now} from '../platform/clock.ts';
import {describeWaiting} from '../runner/waiting.ts';
import type {QueuedGpu, QueuedJob, QueuedTicket, TargetQueue} from '../workspace/queue.ts';
import {formatSpan} from './format.ts';
import {indented, joinSections, type LineOptions} from './lines.ts';
import {renderTable, type Column} from './table.ts';
import {cleanLine} from './text.ts';

export interface QueueOptions extends LineOptions {
  now: Now;
}

/** No final line break. */
export function renderQueue(queues: readonly TargetQueue[], options: QueueOptions): string {
  if (queues.length === 0) return 'No targets yet. Add one: cosmos target add NAME USER@HOST';
  return joinSections(queues.map((queue) => layQueue(queue, options))).join('\n');
}

function layQueue(queue: TargetQueue, options: QueueOptions): string[] {
  const {paint} = options;
  const {target, problem, running, waiting} = queue;
  const isTold = problem === null || running.length + waiting.length > 0;
  return [
    paint.strong(target),
    ...(problem === null ? [] : indented(cleanLine(problem), 2, options, paint.warn)),
    ...(problem === null ? [] : indented(RECALLED, 2, options)),
    ...(isTold ? [] : indented('No run of this workspace is open there.', 2, options)),
    ...tableOf(runningColumns(), running, options),
    ...(waiting.length === 0 && problem === null ? indented('Nobody waits.', 2, options) : []),
    ...tableOf(waitingColumns(options), waiting, options),
    ...noteLines(queue, options),
  ];
}

const RECALLED = 'It could not be asked. This is what the documents know; ages count from there.';
const INDENT = 2;

function tableOf<Row>(columns: Column<Row>[], rows: readonly Row[], options: QueueOptions): string[] {
  if (rows.length === 0) return [];
  const table = renderTable(columns, rows, {...options, margin: INDENT});
  return table.split('\n').map((line) => ' '.repeat(INDENT) + line);
}

function noteLines({problem, canQueue, running, closed}: TargetQueue, options: QueueOptions): string[] {
  if (problem !== null) return [];
  const notes = [
    ...(canQueue ? [] : ['flock is not there: jobs do not wait for a free GPU in turn']),
    ...(running.length === 0 ? ['No GPU was seen: nvidia-smi is not there, or does not answer'] : []),
    ...closed.map((user) => `${cleanLine(user)} has a line of their own here, which cannot be seen`),
  ];
  return notes.flatMap((note) => indented(note, INDENT, options, options.paint.faint));
}

function runningColumns(): Column<QueuedGpu>[] {
  return [
    {title: 'GPU', priority: 1, cell: ({gpu}) => (gpu ? `${gpu.index} ${gpu.name}` : '')},
    {title: 'RUN', priority: 1, cell: ({holder}) => (holder ? jobText(holder) : 'free')},
    {title: 'MODEL', priority: 2, cell: ({holder}) => holder?.run?.model ?? ''},
    {title: 'FOR', priority: 1, isNumber: true, cell: ({sinceMs}) => spanText(sinceMs)},
    {title: 'NAME', priority: 3, isFlexible: true, minWidth: 8, cell: ({holder}) => nameText(holder)},
  ];
}

function waitingColumns({now}: QueueOptions): Column<QueuedTicket>[] {
  return [
    {title: 'PLACE', priority: 1, cell: placeText},
    {title: 'RUN', priority: 1, cell: jobText},
    {title: 'MODEL', priority: 2, cell: ({run}) => run?.model ?? ''},
    {title: 'GPUS', priority: 2, isNumber: true, cell: ({gpus}) => (gpus === null ? '' : String(gpus))},
    {title: 'FOR', priority: 1, isNumber: true, cell: ({sinceMs}) => spanText(sinceMs)},
    {title: 'STARTS', priority: 1, cell: (row) => startText(row, now())},
    {title: 'NAME', priority: 3, isFlexible: true, minWidth: 8, cell: nameText},
  ];
}

function placeText({place, isHeld, isDead, waiting}: QueuedTicket): string {
  if (isDead) return 'lost';
  if (isHeld) return 'held';
  if (place !== null) return String(place);
  return waiting ? describeWaiting(waiting) : '';
}

function startText({estimatedStart, isDead, isHeld}: QueuedTicket, now: number): string {
  if (isDead) return 'when a cosmos looks after it';
  if (isHeld) return 'when released';
  if (estimatedStart === null) return 'unknown';
  const ms = Date.parse(estimatedStart) - now;
  return ms < 1000 ? 'now' : `in about ${formatSpan(ms)}`;
}

function jobText({job, run, owner}: QueuedJob): string {
  if (run) return shortId(run.id);
  const who = owner === null ? 'another workspace' : `user ${owner}`;
  return job === null ? `unknown (${who})` : `${shortId(job)} (${who})`;
}

function nameText(job: QueuedJob | null): string {
  return job?.run?.name ?? job?.run?.prompt ?? '';
}

function spanText(ms: number | null): string {
  return ms === null ? '' : formatSpan(ms);
}
