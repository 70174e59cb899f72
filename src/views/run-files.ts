/** The files of a run: what went in, what came out, what was let go, what was refused. */
import type {RunDocument, RunFile} from '../manifest/types.gen.ts';
import {formatBytes, formatMedia, formatTime, shortDigest} from './format.ts';
import {indented, section, type LineOptions} from './lines.ts';
import {cleanLine} from './text.ts';

/** A name, and the facts on lines of their own, so that they are readable at every width. */
export function fileLines(file: RunFile, isPrimary: boolean, options: LineOptions): string[] {
  const {paint} = options;
  const role = isPrimary ? `${file.role}, primary` : file.role;
  const size = `${formatBytes(file.size)}, ${shortDigest(file.digest)}`;
  const [first = '', ...more] = indented(`${cleanLine(file.name)} (${cleanLine(role)})`, 2, options);
  return [
    isPrimary ? `${paint.good(paint.signs.pointer)} ${first.slice(2)}` : first,
    ...more,
    ...(file.media ? indented(formatMedia(file.media), 4, options, paint.faint) : []),
    ...indented(size, 4, options, paint.faint),
  ];
}

export function filesSection(
  title: string,
  {files, primary}: {files: readonly RunFile[]; primary: string | null},
  options: LineOptions,
): string[] {
  const lines = files.flatMap((file) => fileLines(file, file.name === primary, options));
  return section(title, lines, options);
}

export function refusedLines({execution}: RunDocument, options: LineOptions): string[] {
  const refused = execution.refused ?? [];
  if (refused.length === 0) return [];
  const why = 'Not brought home, because the names or types could do harm; still in the folder of the job:';
  return [
    ...indented(why, 2, options, options.paint.warn),
    ...refused.flatMap((name) => indented(cleanLine(name), 6, options)),
  ];
}

export function releasedSection({released}: RunDocument, options: LineOptions): string[] {
  const lines = released.flatMap(({descriptor, at, reason}) => {
    const {name, role, size, digest} = descriptor;
    const facts = `${cleanLine(name)} (${cleanLine(role)}), ${formatBytes(size)}, ${shortDigest(digest)}`;
    return [
      ...indented(facts, 2, options),
      ...indented(`let go ${formatTime(at)}: ${reason}`, 4, options, options.paint.faint),
    ];
  });
  return section('Released', lines, options);
}
