/** Which blobs a scrub reads, and in which order: the longer nobody has proven one, the earlier its turn. */
import {isWholeLook, type BlobTables, type Look, type Proof} from '../catalog/blob-tables.ts';
import type {BlobFacts} from '../descriptor.ts';

export interface Due {
  /** What was proven within this time is not read, milliseconds; absent: everything is. */
  maxAgeMs?: number | undefined;
  now: number;
}

/** What is marked bad comes first, then what was never proven, then the oldest proofs; of the same, the largest. */
export function listDue(
  {ledger, looks}: Pick<BlobTables, 'ledger' | 'looks'>,
  blobs: Iterable<BlobFacts>,
  due: Due,
): BlobFacts[] {
  return Array.from(blobs, (blob) => ({blob, proof: ledger.get(blob.digest), look: looks.get(blob.digest)}))
    .filter(({proof}) => isDue(proof, due))
    .map(({blob, proof, look}) => ({blob, rank: rankOf(proof, look)}))
    .sort((a, b) => a.rank - b.rank || b.blob.size - a.blob.size)
    .map(({blob}) => blob);
}

function isDue(proof: Proof | undefined, {maxAgeMs, now}: Due): boolean {
  if (maxAgeMs === undefined || proof?.result !== 'good') return true;
  const ageMs = now - Date.parse(proof.at);
  // A proof of tomorrow was made by a wrong clock.
  return ageMs > maxAgeMs || ageMs < 0;
}

/** A whole look by leaves is no proof, but lets others have their turn. */
function rankOf(proof: Proof | undefined, look: Look | undefined): number {
  if (proof?.result === 'bad') return -1;
  const provenAt = proof ? Date.parse(proof.at) : 0;
  return isWholeLook(look) ? Math.max(provenAt, Date.parse(look.at)) : provenAt;
}
