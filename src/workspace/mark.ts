/** What gc keeps: every digest that any document names, read from the files and never from the catalog. */
import type {Digest} from '../cas/digest.ts';
import {DigestMap} from '../cas/digest-map.ts';
import {CosmosError} from '../errors.ts';
import {missingDocument} from '../manifest/document-file.ts';
import {DOCUMENT_KINDS, type DocumentKind} from '../manifest/kinds.ts';
import {digestsIn} from '../manifest/references.ts';
import {parseDocument} from '../manifest/validate.ts';
import {vanishedOf} from './agreement.ts';
import type {Workspace} from './workspace.ts';

/** @throws CosmosError document.invalid, document.newer, document.missing for a file that is gone and was not deleted */
export async function markReferenced(workspace: Workspace): Promise<DigestMap> {
  const {documents} = workspace;
  const marked = new DigestMap();
  for (const kind of DOCUMENT_KINDS) {
    const files = await documents.listIds(kind);
    for (const id of files)
      for (const digest of await readDigests(workspace, kind, id)) marked.set(digest, 1);
    // A file that is gone was not deleted by cosmos: what it named is not garbage yet.
    for await (const id of vanishedOf(workspace, kind, files))
      throw missingDocument(kind, id, documents.pathOf(kind, id));
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
