/** What was repaired and from where; what is lost, to whom, and what to do about it. */
import type {Loss} from '../workspace/repair/loss.ts';
import type {RepairReport} from '../workspace/repair/repair.ts';
import {formatBytes, plural, shortDigest} from './format.ts';
import {cleanLine} from './text.ts';

export function renderRepair({sound, repaired, lost, unasked}: RepairReport): string[] {
  return [
    ...sound.map((digest) => `right     ${digest}: every byte is as it should be`),
    ...repaired.map(
      ({digest, sizeBytes, fetchedBytes, from}) =>
        `repaired  ${digest} (${amountOf(sizeBytes, fetchedBytes)}) from ${cleanLine(from)}`,
    ),
    ...lost.flatMap(lossLines),
    ...unasked.map(({replica, reason}) => `not asked ${replica}: ${reason}`),
    ...verdict({lost, unasked}),
  ];
}

function amountOf(sizeBytes: number, fetchedBytes: number): string {
  const size = formatBytes(sizeBytes);
  return fetchedBytes < sizeBytes
    ? `${size}, of which ${formatBytes(fetchedBytes)} were damaged and fetched`
    : size;
}

function lossLines({digest, sizeBytes, files, wrong}: Loss): string[] {
  const size = sizeBytes < 0 ? '' : ` (${formatBytes(sizeBytes)})`;
  return [
    `LOST      ${digest}${size}: no replica has it`,
    ...files.map(({kind, id, name, advice}) => {
      const called = name === null ? '' : ` (${cleanLine(name)})`;
      return `          ${kind}/${id}${called}: ${advice}`;
    }),
    ...wrong.map((where) => `          ${cleanLine(where)} holds other bytes`),
  ];
}

function verdict({lost, unasked}: Pick<RepairReport, 'lost' | 'unasked'>): string[] {
  const [first] = lost;
  if (!first) return [];
  const more = unasked.length > 0 ? ' Ask again when those that could not be asked can be.' : '';
  const what = lost.length === 1 ? `${shortDigest(first.digest)} is` : `${plural(lost.length, 'blob')} are`;
  return [`${what} not repaired. A copy of the workspace or of the files may have it: --from FOLDER.${more}`];
}
