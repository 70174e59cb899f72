/** What was exported, how it came there, and how somebody without cosmos checks it. */
import type {ExportReport} from '../workspace/export/export.ts';
import {formatBytes, plural} from './format.ts';
import {cleanLine} from './text.ts';

export function renderExport({folder, format, runs, files, bytes}: ExportReport): string[] {
  const count = files.clone + files.link + files.copy;
  return [
    `Exported ${plural(runs.length, 'run')}: ${plural(count, 'file')} (${formatBytes(bytes)}), ${waysOf(files)}, to ${cleanLine(folder)}`,
    ...(files.link > 0
      ? ['Its blobs are hard links to those of the store: copy the folder, and never edit it in place.']
      : []),
    format === 'files'
      ? 'To check one, in the folder of a run: sha256sum -c SHA256SUMS'
      : 'An OCI image layout: tools that copy images take it as oci:FOLDER:RUN.',
  ];
}

function waysOf({clone, link, copy}: ExportReport['files']): string {
  const ways = [
    ...(clone > 0 ? [`${clone} cloned`] : []),
    ...(link > 0 ? [`${link} linked`] : []),
    ...(copy > 0 ? [`${copy} copied`] : []),
  ];
  return ways.length === 0 ? 'none of them of any size' : ways.join(', ');
}
