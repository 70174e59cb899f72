/** What a document refers to. Any `digest` member counts, of known fields or not, except under `released`. */
import {isDigest, type Digest} from '../cas/digest.ts';
import type {BlobFacts} from '../cas/descriptor.ts';

/** Every digest that keeps a blob alive because of this document. */
export function digestsIn(document: unknown): Set<Digest> {
  const found = new Set<Digest>();
  visit(document, (digest) => found.add(digest));
  return found;
}

export interface NamedBlob extends BlobFacts {
  /** The file name that the document gives it, if any. */
  name: string | undefined;
}

/** The same with sizes (-1 where a document of a later cosmos gives none) and file names. */
export function blobsIn(document: unknown): NamedBlob[] {
  const found = new Map<Digest, NamedBlob>();
  visit(document, (digest, owner) =>
    found.set(digest, {digest, size: sizeOf(owner), name: nameOf(owner) ?? found.get(digest)?.name}),
  );
  return Array.from(found.values());
}

/** Calls with each digest and the object that it is a member of. */
function visit(value: unknown, see: (digest: Digest, owner: object) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, see);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (key === 'released') continue;
    if (key === 'digest' && typeof member === 'string' && isDigest(member)) see(member, value);
    else visit(member, see);
  }
}

function sizeOf(owner: object): number {
  return 'size' in owner && typeof owner.size === 'number' ? owner.size : -1;
}

function nameOf(owner: object): string | undefined {
  return 'name' in owner && typeof owner.name === 'string' ? owner.name : undefined;
}
