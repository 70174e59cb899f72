/** How it comes back. */
import {GC, ORDER, type Mutation} from './mutation.ts';

const TRASH = 'cas/trash/trash.ts';

export const RESTORING: readonly Mutation[] = [
  {
    what: 'what is in place is replaced by what was in the trash',
    file: TRASH,
    from: 'if (size === undefined || inodeNow(path) !== undefined) return [];',
    to: 'if (size === undefined) return [];',
    tests: GC,
  },
  {
    what: 'no line in the journal before it',
    file: TRASH,
    from: "  await context.journal.append('restore', {digests, batch: batch.id});\n",
    to: '',
    tests: [ORDER],
  },
  {
    what: 'what came back is not recorded',
    file: TRASH,
    from: '      recordBlob(context.tables, {digest, size}, isoTime(context.now()));\n',
    to: '',
    tests: GC,
  },
  {
    what: 'the folders that blobs came back to are not synced',
    file: TRASH,
    from: '    for (const folder of foldersOf(context, digestsBack)) syncFolderNow(folder);\n',
    to: '',
    tests: [ORDER],
  },
  {
    what: 'blobs that documents name are not protected while these come back',
    file: 'cas/local/local-store.ts',
    from: '    await lease.announce(blobs.map(({digest}) => digest));\n',
    to: '',
    tests: [ORDER, ...GC],
  },
  {
    what: 'blobs that documents name do not come along from other batches',
    file: 'cas/local/local-store.ts',
    from: '    await restoreBlobs(\n      this.context,\n      missing.map(({digest}) => digest),\n    );\n',
    to: '',
    tests: GC,
  },
];
