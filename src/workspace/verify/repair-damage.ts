/** What was found damaged or missing, brought back where that can be: what is healed is no damage any more. */
import type {BlobFacts} from '../../cas/descriptor.ts';
import type {Digest} from '../../cas/digest.ts';
import type {RepairReport} from '../repair/repair.ts';
import type {Finding, VerifyReport} from './report.ts';

export type Repairer = (digests: readonly Digest[]) => Promise<RepairReport>;

const REPAIRABLE: readonly Finding['code'][] = ['blob.damaged', 'blob.missing', 'blob.size'];

/** Changes the report. @returns what is in place again */
export async function repairDamage(report: VerifyReport, repair: Repairer): Promise<BlobFacts[]> {
  const digests = new Set(report.damage.flatMap((finding) => repairable(finding) ?? []));
  if (digests.size === 0) return [];
  report.repair = await repair([...digests]);
  const {sound, repaired} = report.repair;
  const healed = new Set<Digest | undefined>([...sound, ...repaired.map(({digest}) => digest)]);
  report.damage = report.damage.filter((finding) => !healed.has(repairable(finding)));
  return repaired.map(({digest, sizeBytes}) => ({digest, size: sizeBytes}));
}

function repairable({code, digest}: Finding): Digest | undefined {
  return REPAIRABLE.includes(code) ? digest : undefined;
}
