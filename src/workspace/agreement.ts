/**
 * Whether catalog and files agree about one document or blob, asked inside a transaction. From outside, the file of a document
 * that is just being written, deleted or brought back may be seen before its entry, or the other way round.
 */
import type {Digest} from '../cas/digest.ts';
import type {DigestMap} from '../cas/digest-map.ts';
import {findBlobFileNow} from '../cas/local/list.ts';
import {findBytes} from '../manifest/document-file.ts';
import type {DocumentKind} from '../manifest/kinds.ts';
import type {Workspace} from './workspace.ts';

const LOOKED_AT_ONCE = 256;

/** `vanished`: the catalog knows the document, and its file is gone. What neither knows agrees. */
export type Agreement = 'agrees' | 'differs' | 'vanished';

/** @throws CosmosError document.invalid for a file that cannot be read */
export async function agreementOf(
  {store, documents, index}: Workspace,
  kind: DocumentKind,
  id: string,
): Promise<Agreement> {
  return store.context.catalog.transaction(`looking at ${kind}/${id}`, () => {
    const bytes = findBytes(documents.pathOf(kind, id));
    if (bytes) return index.isCurrent(kind, id, bytes) ? 'agrees' : 'differs';
    return index.has(kind, id) ? 'vanished' : 'agrees';
  });
}

/**
 * How many of the blobs that seemed unknown to the catalog, or gone, still are: others put and collect meanwhile. Some at a time,
 * as writers wait for as long as that takes.
 */
export async function strangersOf(
  {store}: Workspace,
  {unknown, gone}: {unknown: DigestMap; gone: DigestMap},
): Promise<{misses: number; lists: number}> {
  const {catalog, paths, tables} = store.context;
  const count = async (digests: DigestMap, isInPlace: boolean): Promise<number> => {
    const all = Array.from(digests, ([digest]) => digest);
    let sum = 0;
    for (let start = 0; start < all.length; start += LOOKED_AT_ONCE)
      sum += await catalog.transaction(
        'looking for blobs',
        () =>
          all
            .slice(start, start + LOOKED_AT_ONCE)
            .filter(
              (digest) =>
                tables.sizes.doesExist(digest) !== isInPlace &&
                (findBlobFileNow(paths, digest) !== undefined) === isInPlace,
            ).length,
      );
    return sum;
  };
  return {misses: await count(unknown, true), lists: await count(gone, false)};
}

/** Those that documents name and that are not in place. */
export async function missingOf({store, index}: Workspace, digests: readonly Digest[]): Promise<Set<Digest>> {
  if (digests.length === 0) return new Set();
  const {catalog, paths} = store.context;
  const missing = await catalog.transaction('looking for blobs', () =>
    digests.filter((digest) => index.isReferenced(digest) && !findBlobFileNow(paths, digest)),
  );
  return new Set(missing);
}
