/** Format `files`: a folder for each run, every file under its own name, and SHA256SUMS, which `sha256sum -c` accepts. */
import {createHash} from 'node:crypto';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {hexOf} from '../../cas/digest.ts';
import {isErrno} from '../../errors.ts';
import {mapLimit} from '../../platform/concurrency.ts';
import {viewFolder} from '../../runner/view.ts';
import {MANIFEST, PLACED_AT_ONCE, SUMS, type ExportedRun, type PlaceBlob} from './contents.ts';

export async function writeFiles(folder: string, run: ExportedRun, place: PlaceBlob): Promise<void> {
  const root = viewFolder(folder, run.id);
  await mkdir(root);
  for (const folder of foldersOf(run.files.map(({name}) => name))) await makeFolder(join(root, folder));
  await mapLimit(run.files, PLACED_AT_ONCE, (file) => place(file, join(root, file.name)));
  await writeFile(join(root, MANIFEST), run.manifest);
  const own = createHash('sha256').update(run.manifest).digest('hex');
  const lines = run.files.map(({name, digest}) => sumLine(hexOf(digest), name));
  await writeFile(join(root, SUMS), [sumLine(own, MANIFEST), ...lines].join(''));
}

/** Those above come first. */
function foldersOf(names: readonly string[]): Set<string> {
  const folders = names.flatMap((name) => {
    const segments = name.split('/').slice(0, -1);
    return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
  });
  return new Set(folders);
}

/** One at a time: a recursive mkdir says of a full disk that there is no such folder. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path).catch((error: unknown) => {
    if (!isErrno(error, 'EEXIST')) throw error;
  });
}

/** As coreutils writes it: a name with a backslash or a line break is escaped, and the line says so. */
function sumLine(hex: string, name: string): string {
  const escaped = name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `${escaped === name ? '' : '\\'}${hex}  ${escaped}\n`;
}
