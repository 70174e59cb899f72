/** What a document refers to. Any `digest` member counts, of known fields or not, except under `released`. */
import {isDigest, type Digest} from '../cas/digest.ts';
import type {BlobFacts} from '../cas/descriptor.ts';

/** Every digest that keeps a blob alive because of this document. */
export function digestsIn(document: unknown): Set<Digest> {
  return new Set(blobsIn(document).map(({digest}) => digest));
}

/** The same with sizes; -1 where a document (of a later cosmos) gives none. */
export function blobsIn(document: unknown): BlobFacts[] {
  const found = new Map<Digest, number>();
  collect(document, found);
  return Array.from(found, ([digest, size]) => ({digest, size}));
}

function collect(value: unknown, found: Map<Digest, number>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (key === 'released') continue;
    if (key === 'digest' && typeof member === 'string' && isDigest(member)) found.set(member, sizeOf(value));
    else collect(member, found);
  }
}

function sizeOf(owner: object): number {
  return 'size' in owner && typeof owner.size === 'number' ? owner.size : -1;
}
