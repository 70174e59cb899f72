/** Why the loss of a sync need not be seen after a cut, for those that no disk shows. */
import type {SyncRow} from './sweep.ts';

const REASONS: readonly {operation?: string; what: string; why: string}[] = [];

export function whyUnnoticed({operation, what}: Pick<SyncRow, 'operation' | 'what'>): string | undefined {
  const isAbout = (reason: (typeof REASONS)[number]): boolean =>
    reason.what === what && (reason.operation ?? operation) === operation;
  return REASONS.find(isAbout)?.why;
}
