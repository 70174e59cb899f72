/** What `cosmos sheet` prints. */
import {shortId} from '../manifest/names.ts';
import type {SheetReport} from '../workspace/sheet.ts';
import {formatBytes, formatShown, plural} from './format.ts';
import {indented, type LineOptions} from './lines.ts';
import {cleanLine} from './text.ts';

/** What fits on a screen; --json has all. */
const MOST = 5;

export function renderSheetMade(report: SheetReport, options: LineOptions): string[] {
  const {runs, total, files, bytes, page, absent} = report;
  return [
    formatShown(runs.length, total, 'run', '; --limit shows more'),
    `${plural(files, 'file')}, ${formatBytes(bytes)}`,
    ...(absent.length === 0
      ? []
      : indented(
          `${plural(absent.length, 'file')} could not be read from the store, and the page says so: ${names(absent)}. "cosmos verify" says more.`,
          0,
          options,
          options.paint.warn,
        )),
    `Open it in a browser: ${cleanLine(page)}`,
  ];
}

function names(absent: SheetReport['absent']): string {
  const some = absent.slice(0, MOST).map(({run, name}) => `${cleanLine(name)} of ${shortId(run)}`);
  return [...some, ...(absent.length > MOST ? ['…'] : [])].join(', ');
}
