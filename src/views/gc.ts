/** gc, undo and purge as text. */
import type {CollectReport, UndoReport} from '../workspace/garbage.ts';
import {formatBytes, formatTime, plural} from './format.ts';

/** Digests listed before the rest is only counted. */
const SHOWN = 20;

export function renderGc(report: CollectReport, trashDays: number): string {
  const {isDryRun, condemned, condemnedBytes, batch} = report;
  const would = isDryRun ? 'Would move' : 'Moved';
  const lines = [
    `Kept: ${plural(report.blobsKept, 'blob')} named by documents, ${plural(report.blobsInUse, 'blob')} in use, ${plural(report.blobsTooYoung, 'blob')} too young`,
    `${would} ${plural(condemned.length, 'blob')} (${formatBytes(condemnedBytes)}) to the trash${condemned.length > 0 ? ':' : ''}`,
    ...condemned.slice(0, SHOWN).map(({digest, size}) => `  ${digest}  ${formatBytes(size)}`),
    ...(condemned.length > SHOWN
      ? [`  … and ${plural(condemned.length - SHOWN, 'more blob')}; --json lists every one`]
      : []),
    ...expiredLines(report, trashDays),
    ...leftoverLines(report),
  ];
  if (isDryRun) lines.push('Nothing was changed.');
  else if (batch !== null && condemned.length > 0) {
    lines.push(
      `No space is freed until the trash expires in ${plural(trashDays, 'day')}, or with: cosmos gc --purge`,
      `Bring it back with: cosmos gc undo ${batch}`,
    );
  }
  return lines.join('\n');
}

function expiredLines(
  {isDryRun, expiredBatches, freedBytes, blobsBroughtBack: back}: CollectReport,
  trashDays: number,
): string[] {
  if (expiredBatches.length === 0) return [];
  const what = `${plural(expiredBatches.length, 'batch', 'batches')} older than ${plural(trashDays, 'day')}`;
  return [
    isDryRun
      ? `Would empty ${what} out of the trash`
      : `Emptied ${what} out of the trash: ${formatBytes(freedBytes)} freed`,
    ...(back > 0 ? [`  ${plural(back, 'blob')} came back first, as documents name them again`] : []),
  ];
}

function leftoverLines({isDryRun, ingestsRemoved, draftsRemoved}: CollectReport): string[] {
  const count = ingestsRemoved + draftsRemoved;
  return count === 0
    ? []
    : [
        `${isDryRun ? 'Would remove' : 'Removed'} ${plural(count, 'unfinished file')} of processes that are gone`,
      ];
}

export function renderUndo(report: UndoReport): string {
  const {reason, blobs, bytes, documents, views, missing, inTheWay, sharedNames} = report;
  return [
    `Brought back: ${plural(blobs, 'blob')} (${formatBytes(bytes)}), ${plural(documents.length, 'document')} (${reason})`,
    ...[...documents, ...views].map((name) => `  ${name}`),
    ...missing.map((digest) => `  ${digest} is nowhere any more; "cosmos verify" says who needs it`),
    ...inTheWay.map((name) => `  ${name} stays in the trash: one of that name is there again`),
    ...sharedNames.flatMap(({id, name, other, free}) => [
      `  ${id} is named ${JSON.stringify(name)}, as ${other} is by now; the name means the newest of them`,
      `  give it another one with: cosmos prompt edit ${id} --name ${JSON.stringify(free)}`,
    ]),
  ].join('\n');
}

export function renderPurge({batches, freedBytes}: {batches: number; freedBytes: number}): string {
  return batches === 0
    ? 'The trash was empty.'
    : `Emptied the trash: ${plural(batches, 'batch', 'batches')}, ${formatBytes(freedBytes)} freed.`;
}

/** What there is to bring back, oldest first. */
export function renderBatches(batches: readonly {id: string; at: string; reason: string}[]): string {
  if (batches.length === 0) return 'The trash is empty.';
  return batches.map(({id, at, reason}) => `${id}  ${formatTime(at)}  ${reason}`).join('\n');
}
