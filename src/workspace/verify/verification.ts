/** What the steps of a verify work on. */
import type {DigestMap} from '../../cas/digest-map.ts';
import type {Digest} from '../../cas/digest.ts';
import type {Workspace} from '../workspace.ts';
import type {Repairer} from './repair-damage.ts';
import type {Finding, VerifyReport} from './report.ts';

export interface VerifyOptions {
  isDeep: boolean;
  /** Only what this run names. */
  run?: string | undefined;
  workers: number;
  /** Of a deep one: what was proven within this time is not read again, milliseconds. */
  maxAgeMs?: number | undefined;
  /** Of a deep one: nothing is begun later than this, milliseconds; large blobs are left in the middle. */
  budgetMs?: number | undefined;
  /** Of a deep one: the part of the blobs that is hashed by another implementation too, 0 to 1. */
  crossCheck?: number | undefined;
  /** Brings back what can be, of blobs that are damaged or missing; absent: nothing is repaired. */
  repair?: Repairer | undefined;
  /** Notices count as damage. */
  isStrict: boolean;
  onProgress?: ((bytesHashed: number, totalBytes: number) => void) | undefined;
  /** Stops reading; what was proven by then is kept and reported. */
  signal?: AbortSignal | undefined;
}

export interface Verification {
  workspace: Workspace;
  options: VerifyOptions;
  /** Blobs on disk that are looked at, with their sizes. */
  blobs: DigestMap;
  /** What documents name, with the sizes that they give. */
  named: DigestMap;
  damaged: Set<Digest>;
  report: VerifyReport;
}

export function damage(run: Verification, finding: Finding): void {
  run.report.damage.push(finding);
}

export function notice(run: Verification, finding: Finding): void {
  run.report.notices.push(finding);
}
