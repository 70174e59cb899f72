import {CosmosError} from '../errors.ts';
import type {Documents} from '../manifest/documents.ts';
import type {DocumentKind, DocumentOf} from '../manifest/kinds.ts';

const UNREADABLE = ['document.missing', 'document.invalid', 'document.newer'];

/** Undefined for a document that is gone or cannot be read: for those who go on without it, where verify names it. */
export async function readIfValid<Kind extends DocumentKind>(
  documents: Documents,
  kind: Kind,
  id: string,
): Promise<DocumentOf<Kind> | undefined> {
  try {
    return await documents.read(kind, id);
  } catch (error) {
    if (error instanceof CosmosError && UNREADABLE.includes(error.code)) return undefined;
    throw error;
  }
}
