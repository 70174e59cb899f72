/** The files of a run: what went in, what came out, what was let go, what was refused. */
import type {RunDocument, RunFile} from '../manifest/types.gen.ts';
import {describeAltered} from '../runner/altered.ts';
import {formatBytes, formatMedia, formatPictures, formatTime, shortDigest} from './format.ts';
import {indented, section, type LineOptions} from './lines.ts';
import {cleanLine} from './text.ts';

/** A name, and the facts on lines of their own, so that they are readable at every width. */
export function fileLines(file: RunFile, isPrimary: boolean, options: LineOptions): string[] {
  const {paint} = options;
  const marks = [
    isPrimary && 'primary',
    file.isPartial === true && 'partial',
    file.isLate === true && 'late',
  ];
  const role = [file.role, ...marks.filter((mark) => mark !== false)].join(', ');
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

/** Pictures that stand for the videos; they are no outputs. */
export function thumbnailsSection(
  {outputs, inputs, thumbnails = {}}: RunDocument,
  options: LineOptions,
): string[] {
  const lines = [...outputs, ...inputs].flatMap(({name, digest}) => {
    const pictures = thumbnails[digest];
    return pictures
      ? [
          ...indented(cleanLine(name), 2, options),
          ...indented(formatPictures(pictures), 4, options, options.paint.faint),
        ]
      : [];
  });
  return section('Thumbnails', lines, options);
}

/** What the model said that is no failure, and what did not come home. */
export function warningLines(run: RunDocument, options: LineOptions): string[] {
  const remarks = (run.remarks ?? []).flatMap((remark) => indented(remark, 2, options, options.paint.warn));
  return [...remarks, ...leftLines(run, options)];
}

/** What is still in the folder of the job, and why it did not come home. */
function leftLines({execution, failure}: RunDocument, options: LineOptions): string[] {
  // The failure names them already.
  const altered = failure?.class === 'outputs.changed' ? [] : (execution.altered ?? []);
  return [
    ...listed(
      'Not brought home, because the names or types could do harm; still in the folder of the job:',
      execution.refused ?? [],
      options,
    ),
    ...listed(
      'Not brought home, because they were changed or removed after the job had ended:',
      altered.map(describeAltered),
      options,
    ),
  ];
}

function listed(why: string, lines: readonly string[], options: LineOptions): string[] {
  if (lines.length === 0) return [];
  return [
    ...indented(why, 2, options, options.paint.warn),
    ...lines.flatMap((line) => indented(cleanLine(line), 6, options)),
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
