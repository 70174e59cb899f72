/** What gc keeps: every digest that any document names, read from the files and never from the catalog. */
import type {Digest} from '../cas/digest.ts';
import {DigestMap} from '../cas/digest-map.ts';
import {CosmosError} from '../errors.ts';
import {missingDocument} from '../manifest/document-file.ts';
import {DOCUMENT_KINDS, type DocumentKind} from '../manifest/kinds.ts';
import {digestsIn} from '../manifest/references.ts';
import {parseDocument} from '../manifest/validate.ts';
import {agreementOf} from './agreement.ts';
import type {Workspace} from './workspace.ts';

/** @throws CosmosError document.invalid, document.newer, document.missing for a file that is gone and was not deleted */
export async function markReferenced(workspace: Workspace): Promise<DigestMap> {
  const {documents, index} = workspace;
  const marked = new DigestMap();
  for (const kind of DOCUMENT_KINDS) {
    const files = await documents.listIds(kind);
    for (const id of files)
      for (const digest of await readDigests(workspace, kind, id)) marked.set(digest, 1);
    await refuseVanished(workspace, kind, {files, indexed: index.listIds(kind)});
  }
  return marked;
}

/** Nothing of a document that was deleted since it was listed: before a blob is moved, what names it now is asked again. */
async function readDigests(
  {documents, index}: Workspace,
  kind: DocumentKind,
  id: string,
): Promise<Iterable<Digest>> {
  try {
    const bytes = await documents.readBytes(kind, id);
    return digestsIn(
      // Bytes with the SHA-256 that the index has were validated for it: that is half of the work with many documents.
      index.isCurrent(kind, id, bytes)
        ? JSON.parse(Buffer.from(bytes).toString())
        : await parseDocument(kind, bytes, documents.pathOf(kind, id), id),
    );
  } catch (error) {
    if (error instanceof CosmosError && error.code === 'document.missing') return [];
    throw error;
  }
}

/** A file that the index knows and that is gone was not deleted by cosmos: what it named is not garbage yet. */
async function refuseVanished(
  workspace: Workspace,
  kind: DocumentKind,
  {files, indexed}: {files: readonly string[]; indexed: readonly string[]},
): Promise<void> {
  const present = new Set(files);
  for (const id of indexed)
    if (!present.has(id) && (await agreementOf(workspace, kind, id)) === 'vanished')
      throw missingDocument(kind, id, workspace.documents.pathOf(kind, id));
}
