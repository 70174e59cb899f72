/** Why the loss of a sync need not be seen after a cut, for those that no disk shows. Explanations, not measurements. */
import type {SyncRow} from './sweep.ts';

const REASONS: readonly {operation?: string; what: string; why: string}[] = [
  {
    what: 'the catalog',
    why: 'a later sync is of the same file and takes all of it along; the catalog is made from documents',
  },
  {
    what: 'the folder of those folders',
    why: 'a later sync (of a document or its folder) makes the filesystem write its whole journal',
  },
  {
    what: 'the folder of a blob',
    why: 'a later sync (of a document or its folder) makes the filesystem write its whole journal',
  },
];

export function whyUnnoticed({operation, what}: Pick<SyncRow, 'operation' | 'what'>): string | undefined {
  const isAbout = (reason: (typeof REASONS)[number]): boolean =>
    reason.what === what && (reason.operation ?? operation) === operation;
  return REASONS.find(isAbout)?.why;
}
