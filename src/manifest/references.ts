/** What a document refers to. Any `digest` member counts, of known fields or not, except under `released`. */
import {isDigest, type Digest} from '../cas/digest.ts';
import type {BlobFacts} from '../cas/descriptor.ts';

/** Every digest that keeps a blob alive because of this document. */
export function digestsIn(document: unknown): Set<Digest> {
  return new Set(blobsIn(document).map(({digest}) => digest));
}

export interface NamedBlob extends BlobFacts {
  /** The file name that the document gives it, if any. */
  name: string | undefined;
}

/** The same with sizes (-1 where a document of a later cosmos gives none) and file names. */
export function blobsIn(document: unknown): NamedBlob[] {
  const found = new Map<Digest, NamedBlob>();
  collect(document, found);
  return Array.from(found.values());
}

function collect(value: unknown, found: Map<Digest, NamedBlob>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (key === 'released') continue;
    if (key === 'digest' && typeof member === 'string' && isDigest(member))
      found.set(member, {
        digest: member,
        size: sizeOf(value),
        name: nameOf(value) ?? found.get(member)?.name,
      });
    else collect(member, found);
  }
}

function sizeOf(owner: object): number {
  return 'size' in owner && typeof owner.size === 'number' ? owner.size : -1;
}

function nameOf(owner: object): string | undefined {
  return 'name' in owner && typeof owner.name === 'string' ? owner.name : undefined;
}
