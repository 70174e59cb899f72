/** What nothing needs: blobs that no document names, unfinished writes, strange files. Notices, not damage. */
import type {Digest} from '../../cas/digest.ts';
import type {StoreContext} from '../../cas/local/context.ts';
import {listStrays} from '../../cas/local/list.ts';
import {sortIngest} from '../../cas/local/partial.ts';
import {listQuarantine} from '../../cas/local/quarantine.ts';
import type {Finding} from './report.ts';

/** File names that one notice lists. */
const SHOWN = 5;

export async function listLeftovers(
  context: StoreContext,
  {unnamed, isEveryDocumentRead}: {unnamed: readonly Digest[]; isEveryDocumentRead: boolean},
): Promise<Finding[]> {
  const unreferenced = unnamed.filter((digest) => !context.leases.isAnnounced(digest));
  const isAtRest = context.leases.listLiving().length === 0;
  const ingests = sortIngest(context, Number.POSITIVE_INFINITY);
  const strays = await listStrays(context.paths);
  const kept = await listQuarantine(context);
  return [
    ...noticeOf('blob.unreferenced', unreferenced, (count) => {
      const whose = isEveryDocumentRead
        ? '"cosmos gc" moves them to the trash when they are old enough'
        : 'some may belong to the documents that cannot be read';
      return `${count === 1 ? '1 blob is' : `${count} blobs are`} named by no document; ${whose}`;
    }),
    ...noticeOf(
      'ingest.leftover',
      isAtRest ? ingests.leftover : [],
      (count) =>
        `${count === 1 ? '1 unfinished write was' : `${count} unfinished writes were`} left in storage/ingest; "cosmos gc" removes what dead processes left`,
    ),
    ...noticeOf(
      'ingest.partial',
      isAtRest ? ingests.partial : [],
      (count) =>
        `${count === 1 ? '1 unfinished download waits' : `${count} unfinished downloads wait`} in storage/ingest for the next command that reaches the target; "cosmos gc" removes what has waited too long`,
    ),
    ...noticeOf(
      'file.stray',
      strays,
      (count) =>
        `storage/blobs holds files that are no blobs: ${strays.slice(0, SHOWN).join(', ')}${count > SHOWN ? ', …' : ''}`,
    ),
    ...noticeOf(
      'quarantine.kept',
      kept,
      (count) =>
        `${count === 1 ? '1 damaged file is' : `${count} damaged files are`} kept in storage/quarantine`,
    ),
  ];
}

function noticeOf(
  code: Finding['code'],
  found: readonly unknown[],
  describe: (count: number) => string,
): Finding[] {
  return found.length === 0 ? [] : [{code, message: describe(found.length)}];
}
