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
  ...[
    'the folder of a batch of the trash',
    'the folder of the trash',
    'the folder of the folders of trashed documents',
    'the folder of trashed documents',
    'the folder of trashed blobs',
  ].map((what) => ({
    what,
    why: 'a later sync, of another folder, makes the filesystem write its whole journal',
  })),
  {
    operation: 'put, there already',
    what: 'the bytes of a blob',
    why: 'they are thrown away, as the same bytes are there',
  },
  {
    operation: 'put, there already',
    what: 'the journal',
    why: 'an earlier line tells of the same bytes',
  },
  {
    operation: 'gc, trash emptied',
    what: 'the journal',
    why: 'a later sync is of the same file and takes all of it along',
  },
];

/** Where several were left out together, none of them was seen. */
export function whyUnnoticed({operation, what}: Pick<SyncRow, 'operation' | 'what'>): string | undefined {
  const whys = what.split(', with ').map((each) => whyOne(operation, each));
  return whys.includes(undefined) ? undefined : Array.from(new Set(whys)).join('; ');
}

function whyOne(operation: string, what: string): string | undefined {
  const isAbout = (reason: (typeof REASONS)[number]): boolean =>
    reason.what === what && (reason.operation ?? operation) === operation;
  return REASONS.find(isAbout)?.why;
}
