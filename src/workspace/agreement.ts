/**
 * Whether catalog and files agree about one document or blob, asked inside a transaction. From outside, the file of a document
 * that is just being written, deleted or brought back may be seen before its entry, or the other way round.
 */
import type {Digest} from '../cas/digest.ts';
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

/** Documents of a kind that the catalog knows and whose files are gone. @param files ids of those that have one */
export async function* vanishedOf(
  workspace: Workspace,
  kind: DocumentKind,
  files: readonly string[],
): AsyncGenerator<string, void, void> {
  const present = new Set(files);
  for (const id of workspace.index.listIds(kind))
    if (!present.has(id) && (await agreementOf(workspace, kind, id)) === 'vanished') yield id;
}

/** Those that documents name and that are not in place. */
export async function missingOf(workspace: Workspace, digests: readonly Digest[]): Promise<Set<Digest>> {
  const {index} = workspace;
  const isMissing = (digest: Digest, isInPlace: boolean): boolean => !isInPlace && index.isReferenced(digest);
  return new Set(await stillSo(workspace, digests, isMissing));
}

/** Those that are in place and that the catalog does not know. */
export async function unknownOf(workspace: Workspace, digests: readonly Digest[]): Promise<Digest[]> {
  const {sizes} = workspace.store.context.tables;
  return stillSo(workspace, digests, (digest, isInPlace) => isInPlace && !sizes.doesExist(digest));
}

/** Those that the catalog lists and that are not in place. */
export async function goneOf(workspace: Workspace, digests: readonly Digest[]): Promise<Digest[]> {
  const {sizes} = workspace.store.context.tables;
  return stillSo(workspace, digests, (digest, isInPlace) => !isInPlace && sizes.doesExist(digest));
}

/** Those of which it is so now. Some at a time, as writers wait for as long as that takes. */
async function stillSo(
  {store}: Workspace,
  digests: readonly Digest[],
  isSo: (digest: Digest, isInPlace: boolean) => boolean,
): Promise<Digest[]> {
  const {catalog, paths} = store.context;
  const found: Digest[] = [];
  for (let start = 0; start < digests.length; start += LOOKED_AT_ONCE) {
    const some = digests.slice(start, start + LOOKED_AT_ONCE);
    const look = (): Digest[] =>
      some.filter((digest) => isSo(digest, findBlobFileNow(paths, digest) !== undefined));
    found.push(...(await catalog.transaction('looking for blobs', look)));
  }
  return found;
}
