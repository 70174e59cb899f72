/** What verify says. Damage makes exit code 12; notices do so only when asked for strictly. */
import type {Digest} from '../../cas/digest.ts';
import type {StepTimes} from '../../platform/steps.ts';
import type {RepairReport} from '../repair/repair.ts';

export interface Finding {
  code:
    | 'document.invalid'
    | 'document.unindexed'
    | 'blob.missing'
    | 'blob.size'
    | 'blob.damaged'
    | 'blob.unreadable'
    | 'blob.disputed'
    | 'catalog.stale'
    | 'run.stuck'
    | 'blob.unreferenced'
    | 'blob.readTwice'
    | 'ingest.leftover'
    | 'ingest.partial'
    | 'file.stray'
    | 'quarantine.kept';
  message: string;
  digest?: Digest;
  /** Documents that it touches, as `runs/rs_…`. */
  documents?: string[];
}

/** What the ledger can vouch for. */
export interface Coverage {
  blobs: number;
  bytes: number;
  /** Bytes that were read and hashed, and were right, within the last 30 days. */
  bytesProvenIn30Days: number;
  unprovenBlobs: number;
  /** Large blobs that were compared with all their leaves within the last 30 days, after their last proof if they have one. */
  lookedAtBlobs: number;
  /** ISO time of the oldest proof among the blobs that have one. */
  oldestProofAt: string | null;
}

export interface VerifyReport {
  mode: 'quick' | 'deep';
  /** The run that was asked for; null for everything. */
  run: string | null;
  documents: number;
  blobs: number;
  bytes: number;
  /** Counted as they were hashed; 0 for a quick verify. */
  bytesHashed: number;
  blobsHashed: number;
  /** Compared with CRC-32 leaves and not hashed. */
  bytesLooked: number;
  /** Large blobs that were compared with all of them by now, in several readings. */
  looked: {blobs: number; bytes: number};
  workers: number;
  /** What a deep verify was to read. */
  due: {blobs: number; bytes: number};
  /** What of it was not read, as the time was over or somebody stopped it. */
  left: {blobs: number; bytes: number};
  /** Blobs that were hashed by another implementation as well. */
  crossChecked: number;
  isInterrupted: boolean;
  damage: Finding[];
  notices: Finding[];
  coverage: Coverage;
  elapsedMs: number;
  /** How long each step took. */
  phases: StepTimes;
  /** Of what could be repaired; `damage` is what is left. Absent where nothing was to be. */
  repair?: RepairReport;
  isSound: boolean;
}

/** Before anything was looked at. */
export function emptyReport(mode: VerifyReport['mode'], run: string | undefined): VerifyReport {
  return {
    mode,
    run: run ?? null,
    documents: 0,
    blobs: 0,
    bytes: 0,
    bytesHashed: 0,
    blobsHashed: 0,
    bytesLooked: 0,
    looked: {blobs: 0, bytes: 0},
    workers: 0,
    due: {blobs: 0, bytes: 0},
    left: {blobs: 0, bytes: 0},
    crossChecked: 0,
    isInterrupted: false,
    damage: [],
    notices: [],
    coverage: {
      blobs: 0,
      bytes: 0,
      bytesProvenIn30Days: 0,
      unprovenBlobs: 0,
      lookedAtBlobs: 0,
      oldestProofAt: null,
    },
    elapsedMs: 0,
    phases: {},
    isSound: true,
  };
}
