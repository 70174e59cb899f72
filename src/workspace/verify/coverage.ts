/** The honest statement at the end of every verify: how much of the store has been proven, and how long ago. */
import {isWholeLook} from '../../cas/catalog/blob-tables.ts';
import type {DigestMap} from '../../cas/digest-map.ts';
import type {Workspace} from '../workspace.ts';
import type {Coverage} from './report.ts';

const WINDOW_MS = 30 * 24 * 60 * 60 * 1000;

export function coverageOf({store, now}: Workspace, blobs: DigestMap): Coverage {
  const coverage: Coverage = {
    blobs: blobs.size,
    bytes: 0,
    bytesProvenIn30Days: 0,
    unprovenBlobs: 0,
    lookedAtBlobs: 0,
    oldestProofAt: null,
  };
  const since = now() - WINDOW_MS;
  for (const [digest, size] of blobs) {
    coverage.bytes += size;
    const proof = store.context.tables.ledger.get(digest);
    const look = store.context.tables.looks.get(digest);
    if (isWholeLook(look) && Date.parse(look.at) >= since) coverage.lookedAtBlobs += 1;
    if (proof?.result !== 'good') {
      coverage.unprovenBlobs += 1;
      continue;
    }
    if (Date.parse(proof.at) >= since) coverage.bytesProvenIn30Days += size;
    if (coverage.oldestProofAt === null || proof.at < coverage.oldestProofAt)
      coverage.oldestProofAt = proof.at;
  }
  return coverage;
}
