/** The states of a run and the only ways between them. Each terminal state is entered once and never left. */
import type {RunStatus} from '../manifest/run-status.ts';
import type {RunDocument} from '../manifest/types.gen.ts';

export type {RunStatus} from '../manifest/run-status.ts';

/**
 * `collecting` to `preparing` is a retry: attempt n+1, before any terminal state. `queued` to `completed` is a run whose
 * outputs another one has made beside its own.
 */
export const TRANSITIONS: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  queued: ['preparing', 'completed', 'failed', 'cancelled'],
  preparing: ['uploading', 'failed', 'cancelled'],
  uploading: ['submitted', 'failed', 'cancelled'],
  submitted: ['running', 'collecting', 'failed', 'cancelled'],
  running: ['collecting'],
  collecting: ['preparing', 'completed', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};

export function isTerminal(status: RunStatus): boolean {
  return TRANSITIONS[status].length === 0;
}

export interface Step {
  to: RunStatus;
  /** ISO time. */
  at: string;
  /** Who: a command, or `supervisor`. */
  by: string;
  reason: string;
}

/** The run in its next state, with the event recorded; what it waited for is over. A step that is not in the table is a mistake in cosmos. */
export function advance(run: RunDocument, step: Step, changes: Partial<RunDocument> = {}): RunDocument {
  if (!TRANSITIONS[run.status].includes(step.to)) {
    throw new Error(`run ${run.id} cannot go from ${run.status} to ${step.to}`);
  }
  const event = {seq: run.events.length + 1, from: run.status, ...step};
  const execution = {...(changes.execution ?? run.execution)};
  delete execution.waiting;
  return {...run, ...changes, execution, status: step.to, events: [...run.events, event]};
}

/** Milliseconds spent in each state that was left. */
export function phaseTimes(run: RunDocument): Record<string, number> {
  const times: Record<string, number> = {};
  for (const [index, event] of run.events.entries()) {
    const next = run.events[index + 1];
    if (next)
      times[event.to] = (times[event.to] ?? 0) + Math.max(0, Date.parse(next.at) - Date.parse(event.at));
  }
  return times;
}
