/** Format `files`: a folder for each run, every file under its own name, and SHA256SUMS, which `sha256sum -c` accepts. */
import {createHash} from 'node:crypto';
import {mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {hexOf} from '../../cas/digest.ts';
import {mapLimit} from '../../platform/concurrency.ts';
import {makeFolders} from '../../platform/publish.ts';
import {viewFolder} from '../../runner/view.ts';
import {MANIFEST, PLACED_AT_ONCE, SUMS, type ExportedRun, type PlaceBlob} from './contents.ts';

export async function writeFiles(folder: string, run: ExportedRun, place: PlaceBlob): Promise<void> {
  const root = viewFolder(folder, run.id);
  await mkdir(root);
  const folders = new Set(run.files.map(({name}) => dirname(join(root, name))));
  for (const folder of folders) await makeFolders(folder);
  await mapLimit(run.files, PLACED_AT_ONCE, (file) => place(file, join(root, file.name)));
  await writeFile(join(root, MANIFEST), run.manifest);
  const own = createHash('sha256').update(run.manifest).digest('hex');
  const lines = run.files.map(({name, digest}) => sumLine(hexOf(digest), name));
  await writeFile(join(root, SUMS), [sumLine(own, MANIFEST), ...lines].join(''));
}

/** As coreutils writes it: a name with a backslash or a line break is escaped, and the line says so. */
function sumLine(hex: string, name: string): string {
  const escaped = name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `${escaped === name ? '' : '\\'}${hex}  ${escaped}\n`;
}
