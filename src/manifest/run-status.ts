/** The states of a run, in the order in which a run goes through them. */
import type {RunDocument} from './types.gen.ts';

export type RunStatus = RunDocument['status'];

export const ACTIVE_STATUSES = [
  'queued',
  'preparing',
  'uploading',
  'submitted',
  'running',
  'collecting',
] as const;
export const ENDED_STATUSES = ['completed', 'failed', 'cancelled'] as const;
export const RUN_STATUSES: readonly RunStatus[] = [...ACTIVE_STATUSES, ...ENDED_STATUSES];

/** When a run reached the status that it has, ISO time; some events change no status. */
export function reachedAt({events, createdAt}: Pick<RunDocument, 'events' | 'createdAt'>): string {
  return events.findLast(({from, to}) => from !== to)?.at ?? createdAt;
}
