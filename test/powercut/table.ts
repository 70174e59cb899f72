/** What came of leaving out each sync, for docs/reliability.md. */
import {DISK_KINDS} from './disk.ts';
import {whyUnnoticed} from './reasons.ts';
import type {SyncRow} from './sweep.ts';

/** Syncs that were noticed on no disk, and for which nobody has said why. */
export function listUnexplained(rows: readonly SyncRow[]): string[] {
  const key = ({operation, what, nth}: SyncRow): string => `${operation}: ${what} ${nth}`;
  const noticed = new Set(rows.filter((row) => row.noticed !== undefined).map(key));
  const open = rows.filter((row) => !noticed.has(key(row)) && whyUnnoticed(row) === undefined);
  return Array.from(new Set(open.map(key)));
}

/** One line for each thing that was not synced; rows are of one operation. */
export function renderSyncs(rows: readonly SyncRow[]): string {
  return Array.from(new Set(rows.map(({what}) => what)), (what) => {
    const about = rows.filter((row) => row.what === what);
    const cells = DISK_KINDS.map((kind) => renderCell(about.filter(({disk}) => disk === kind)));
    const noticed = new Set(about.filter((row) => row.noticed !== undefined).map(({nth}) => nth));
    const rest = about.find(({nth}) => !noticed.has(nth));
    const why = rest ? (whyUnnoticed(rest) ?? 'not explained') : '';
    return `| ${about[0]?.operation ?? ''} | ${what} | ${cells.join(' | ')} | ${why} |`;
  }).join('\n');
}

function renderCell(rows: readonly SyncRow[]): string {
  if (rows.length === 0) return 'not tried';
  const noticed = rows.flatMap((row) => row.noticed ?? []);
  const words = Array.from(new Set(noticed)).join('; ');
  return `${noticed.length} of ${rows.length}${words === '' ? '' : `: ${words}`}`;
}
