/** What `cosmos usage` prints. */
import {shortId} from '../manifest/names.ts';
import type {Usage, UsageGroup, UsageRow} from '../workspace/usage.ts';
import {formatBytes, formatCount, plural} from './format.ts';
import type {LineOptions} from './lines.ts';
import {renderTable, type Column} from './table.ts';

/** What fits on a screen; --json has all. */
const MOST = 40;

export function renderUsage(usage: Usage, options: LineOptions): string[] {
  const {by, rows, blobs, blobBytes, sharedBytes, unnamedBytes, trashBytes, ingestBytes, quarantineBytes} =
    usage;
  const more = rows.length - MOST;
  return [
    ...(rows.length === 0 ? [] : [renderTable(columnsOf(by), rows.slice(0, MOST), options)]),
    ...(more > 0 ? [`… and ${formatCount(more)} more; --json lists every one`] : []),
    ...(rows.length === 0 ? [] : ['']),
    `${plural(blobs, 'blob')}, ${formatBytes(blobBytes)}`,
    ...line(sharedBytes, 'of it is named by several of these'),
    ...line(unnamedBytes, 'of it is named by nothing: "cosmos gc" collects it when it is old enough'),
    ...line(trashBytes, 'more in the trash: "cosmos gc --purge" frees it now'),
    ...line(ingestBytes, 'more under way'),
    ...line(quarantineBytes, 'more set aside as damaged: "cosmos verify" says what it was'),
  ];
}

function line(bytes: number, what: string): string[] {
  return bytes === 0 ? [] : [`${formatBytes(bytes)} ${what}`];
}

function columnsOf(by: UsageGroup): Column<UsageRow>[] {
  return [
    {title: by.toUpperCase(), priority: 1, isFlexible: true, cell: ({name}) => nameOf(by, name)},
    {title: 'RUNS', priority: 3, isNumber: true, cell: ({runs}) => (runs === 0 ? '' : formatCount(runs))},
    {title: 'NAMED', priority: 2, isNumber: true, cell: ({bytes}) => formatBytes(bytes)},
    {title: 'ITS OWN', priority: 1, isNumber: true, cell: ({ownBytes}) => formatBytes(ownBytes)},
  ];
}

function nameOf(by: UsageGroup, name: string | null): string {
  if (name === null) return 'none';
  return by === 'run' && name.startsWith('rs_') ? shortId(name) : name;
}
