/** What verify found, and the honest statement of what is proven. */
import type {Coverage, Finding, VerifyReport} from '../workspace/verify/report.ts';
import {renderRepair} from './repair.ts';
import {formatBytes, formatCount, formatDuration, formatTime, plural} from './format.ts';

export function renderVerify(report: VerifyReport): string {
  return [
    ...report.damage.map(({message}) => `DAMAGE  ${message}`),
    ...(report.repair ? renderRepair(report.repair) : []),
    ...report.notices.map(({message}) => `notice  ${message}`),
    summary(report),
    ...lookedLines(report),
    ...leftLines(report),
    coverageLine(report.coverage),
    verdict(report),
  ].join('\n');
}

function summary({mode, documents, blobs, bytes, elapsedMs, ...report}: VerifyReport): string {
  const looked = `${plural(documents, 'document')}, ${plural(blobs, 'blob')} (${formatBytes(bytes)})`;
  const checked = `Checked ${looked} in ${formatDuration(elapsedMs)}`;
  return `${checked}; ${mode === 'quick' ? 'no bytes were read' : readingOf(report, blobs)}`;
}

type Read = Pick<VerifyReport, 'bytesHashed' | 'bytesLooked' | 'workers' | 'due' | 'crossChecked'>;

function readingOf({bytesHashed, bytesLooked, workers, due, crossChecked}: Read, blobs: number): string {
  if (due.blobs === 0 && blobs > 0) return 'nothing was due: all of it was proven recently enough';
  const twice = crossChecked > 0 ? `; ${plural(crossChecked, 'blob')} by a second implementation too` : '';
  const looked = bytesLooked > 0 ? `, compared ${formatBytes(bytesLooked)} with CRC-32 leaves` : '';
  return `read and hashed ${formatBytes(bytesHashed)}${looked} on ${plural(workers, 'thread')}${twice}`;
}

function lookedLines({looked}: VerifyReport): string[] {
  if (looked.blobs === 0) return [];
  const what = `${plural(looked.blobs, 'large blob')} (${formatBytes(looked.bytes)})`;
  return [
    `Looked at: ${what} to the end over several readings, by CRC-32; without a SHA-256 in one piece that proves nothing`,
  ];
}

/** What the next one begins with. */
function leftLines({left, due, isInterrupted}: VerifyReport): string[] {
  if (left.blobs === 0) return [];
  const why = isInterrupted ? 'Stopped' : 'The time was over';
  const share = `${plural(left.blobs, 'blob')} (${formatBytes(left.bytes)}) of ${formatCount(due.blobs)}`;
  return [`${why}: ${share} that were due are left for the next time; what was proven is kept`];
}

function coverageLine({blobs, bytes, oldestProofAt, ...coverage}: Coverage): string {
  if (blobs === 0) return 'Proven: 0 blobs, nothing to prove';
  const share = bytes === 0 ? 100 : (100 * coverage.bytesProvenIn30Days) / bytes;
  const oldest = oldestProofAt === null ? 'no proof yet' : `oldest proof ${formatTime(oldestProofAt)}`;
  const looked =
    coverage.lookedAtBlobs > 0 ? `; ${plural(coverage.lookedAtBlobs, 'blob')} looked at since` : '';
  const never = plural(coverage.unprovenBlobs, 'blob');
  return `Proven within 30 days: ${floorPercent(share)} % of the bytes; ${never} never proven; ${oldest}${looked}`;
}

/** Rounded down: 99.99 is not 100. */
function floorPercent(share: number): string {
  return (Math.floor(share * 10) / 10).toString();
}

function verdict({isSound, damage, notices}: VerifyReport): string {
  if (isSound) return 'Everything that documents name is there.';
  if (damage.length === 0)
    return `NOT sound: ${plural(notices.length, 'notice')}, and --strict was asked for.`;
  return [`NOT sound: ${plural(damage.length, 'thing')} to mend.`, ...adviceFor(damage)].join('\n');
}

const HEALING =
  'To heal: "cosmos verify --repair" looks in views and on targets, and with --from in a copy; or store the right bytes with "cosmos blob put", make the same run again, or give up what names them with "cosmos delete".';

const ADVICE: Partial<Record<Finding['code'], string | string[]>> = {
  'blob.damaged': ['Damaged bytes are kept in storage/quarantine until you remove them.', HEALING],
  'blob.missing': HEALING,
  'blob.size': '"cosmos verify --deep" sets blobs of the wrong size aside; then store the right bytes again.',
  'blob.unreadable': 'Make the files in storage/blobs readable for your user, and look after the disk.',
  'blob.disputed':
    'Test the memory and the processor of this machine, and verify on another one before you trust any result of it.',
  'document.invalid':
    'Bring damaged documents back from a backup; "cosmos gc" does nothing until they can be read.',
};

/** Each once, however many findings there are. */
function adviceFor(damage: readonly Finding[]): string[] {
  return Array.from(new Set(damage.map(({code}) => ADVICE[code] ?? []).flat()));
}
