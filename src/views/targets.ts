/** What the commands about targets print. */
import type {GpuFacts, TargetReport} from '../runner/target-report.ts';
import {formatBytes} from './format.ts';
import {hanging, indented, type LineOptions} from './lines.ts';
import {renderTable, type Column} from './table.ts';
import {cleanLine} from './text.ts';

export interface TargetRow {
  name: string;
  host: string;
  user: string | null;
  port: number | null;
  launcher: string;
  image: string | null;
  /** For an hour. */
  price: number | null;
  currency: string;
  /** The settings file that names it. */
  file: string | null;
}

export function renderTargets(rows: readonly TargetRow[], options: LineOptions): string {
  if (rows.length === 0) return 'No targets yet. Add one: cosmos target add NAME USER@HOST';
  const columns: Column<TargetRow>[] = [
    {title: 'NAME', priority: 1, cell: ({name}) => name},
    {title: 'ADDRESS', priority: 1, cell: addressText},
    {title: 'LAUNCHER', priority: 2, cell: ({launcher}) => launcher},
    {
      title: 'PRICE',
      priority: 3,
      cell: ({price, currency}) => (price === null ? '' : `${price} ${currency}/h`),
    },
    {title: 'IMAGE', priority: 4, isFlexible: true, minWidth: 12, cell: ({image}) => image ?? ''},
  ];
  return renderTable(columns, rows, options);
}

/** As `target add` takes it. */
function addressText({user, host, port}: TargetRow): string {
  const place = port !== null && host.includes(':') ? `[${host}]` : host;
  return `${user === null ? '' : `${user}@`}${place}${port === null ? '' : `:${port}`}`;
}

export interface CheckedTarget {
  name: string;
  host: string;
  /** Of the SSH connection, milliseconds. */
  roundTripMs: number;
  report: TargetReport;
}

/** Facts first, then what surprises, then what is wrong. */
export function renderCheck({name, host, roundTripMs, report}: CheckedTarget, options: LineOptions): string {
  const {root, freeBytes, runtime, image, gpus, warnings, problems} = report;
  const facts: [string, string][] = [
    ['address', `${host}, round trip ${roundTripMs.toFixed(1)} ms, host key verified`],
    ['system', `${report.system}, user ${report.user}`],
    ['folder', `${root}, ${freeBytes === null ? 'free space unknown' : `${formatBytes(freeBytes)} free`}`],
    ...(runtime === null ? [] : [['containers', runtime] as [string, string]]),
    ...(image === null ? [] : [['image', image.digest ?? image.id] as [string, string]]),
    ...gpus.map((gpu): [string, string] => [`GPU ${gpu.index}`, describeGpu(gpu)]),
    ...(gpus.length === 0 ? [['GPUs', 'none seen; nvidia-smi is asked'] as [string, string]] : []),
  ];
  return [
    `${name} is ${problems.length === 0 ? 'ready' : 'not ready'}`,
    ...facts.flatMap(([title, text]) => hanging(title.padEnd(12), cleanLine(text), 2, options)),
    ...warnings.flatMap((text) => indented(`note: ${cleanLine(text)}`, 2, options)),
    ...problems.flatMap((text) => indented(`wrong: ${cleanLine(text)}`, 2, options)),
  ].join('\n');
}

function describeGpu(gpu: GpuFacts): string {
  const memory =
    gpu.memoryTotalMiB === null ? [] : [`${gpu.memoryUsedMiB ?? '?'} of ${gpu.memoryTotalMiB} MiB used`];
  return [
    gpu.name,
    ...memory,
    ...(gpu.utilisationPercent === null ? [] : [`${gpu.utilisationPercent} % busy`]),
    ...(gpu.temperatureC === null ? [] : [`${gpu.temperatureC} °C`]),
    ...(gpu.powerW === null ? [] : [`${gpu.powerW} W`]),
    `driver ${gpu.driver}`,
    gpu.uuid,
  ].join(', ');
}
