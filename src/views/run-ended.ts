/** What `cosmos run` says at the end, to an artist: what was made, where it is, what to do next. */
import {reachedAt} from '../manifest/run-status.ts';
import type {RunDocument, RunFile} from '../manifest/types.gen.ts';
import {shortId} from '../manifest/names.ts';
import {describeNext} from '../runner/next.ts';
import {formatBytes, formatCount, formatDuration, formatPicture, plural, since} from './format.ts';
import type {Enhanced} from '../workspace/enhanced.ts';
import {enhancedNextLines, enhancedSections} from './enhanced.ts';
import {hanging, indented, joinSections, section, type LineOptions} from './lines.ts';
import {statusWord} from './paint.ts';
import {failureLines} from './run-detail.ts';
import {warningLines} from './run-files.ts';
import {cleanLine, displayWidth, padRight} from './text.ts';

export interface EndedOptions extends LineOptions {
  /** The folder with the files under their own names, as it should be shown; absent when no view was made. */
  viewFolder?: string | undefined;
  /** Of an enhancement: the texts before and after. */
  enhanced?: Enhanced | undefined;
}

const PREVIEW_EXPLAINED =
  'This is a preview. The control signals were computed on this machine and mixed by their weights, so that a mistake in the inputs is seen before GPU time is paid for. No model ran; the prompt was recorded, not rendered.';

const REAL_RENDERS =
  'For real renders, tell cosmos of a GPU box with "cosmos target add NAME USER@HOST" (the README shows it in five commands), then run with --model transfer1 --target NAME.';

/** One text without a final line break. Expects a run that has ended. */
export function renderEnded(run: RunDocument, options: EndedOptions): string {
  return joinSections([
    headline(run, options),
    ...(options.enhanced ? enhancedSections(options.enhanced, options) : []),
    madeSection(run, options),
    section('Warning', warningLines(run, options), options),
    section('Why', failureLines(run, options), options),
    run.kind === 'preview' && run.status === 'completed' ? indented(PREVIEW_EXPLAINED, 0, options) : [],
    section('Where to look', placeLines(run, options), options),
    section('Next', [...followingLines(run, options), ...nextLines(run, options)], options),
  ]).join('\n');
}

function headline(run: RunDocument, options: EndedOptions): string[] {
  const word = statusWord({status: run.status, isCancelRequested: false}, options.paint);
  const ended = run.execution.endedAt ?? reachedAt(run);
  const took = formatDuration(since(run.createdAt, Date.parse(ended)));
  const scene = run.scene ? ` of ${cleanLine(run.scene.name)}` : '';
  return indented(`${word.text}  ${shortId(run.id)}  ${run.kind}${scene}, ${took}`, 0, options, word.style);
}

/** Names, what they are, sizes. Partial outputs of a run that did not succeed are called that. */
function madeSection(run: RunDocument, options: EndedOptions): string[] {
  const {outputs} = run;
  const bytes = formatBytes(outputs.reduce((sum, {size}) => sum + size, 0));
  const what = run.status === 'completed' ? 'Made' : 'Kept what it left behind:';
  const shown = primaryFirst(run).slice(0, MOST_FILES);
  const longest = shown.reduce((most, {name}) => Math.max(most, displayWidth(cleanLine(name))), 0);
  const isWide = longest + MEDIA_WIDTH <= options.width;
  const lines = shown.flatMap((file) => madeLines(file, isWide ? longest : 0, options));
  if (outputs.length > shown.length)
    lines.push(...indented(`and ${formatCount(outputs.length - shown.length)} more`, 2, options));
  return section(`${what} ${plural(outputs.length, 'file')}, ${bytes}`, lines, options);
}

/** What fits on a screen with the rest; "cosmos show" lists all. */
const MOST_FILES = 20;
/** Room for the facts of a video beside its name. */
const MEDIA_WIDTH = 54;

function madeLines(file: RunFile, nameWidth: number, options: EndedOptions): string[] {
  const facts = [...(file.media ? [formatPicture(file.media)] : []), formatBytes(file.size)].join(', ');
  const name = cleanLine(file.name);
  if (nameWidth > 0) return hanging(`${padRight(name, nameWidth)}  `, facts, 2, options);
  return [...indented(name, 2, options), ...indented(facts, 6, options)];
}

function primaryFirst({outputs, primaryOutput}: RunDocument): RunFile[] {
  return [...outputs].sort((a, b) => Number(b.name === primaryOutput) - Number(a.name === primaryOutput));
}

function placeLines(run: RunDocument, options: EndedOptions): string[] {
  const id = shortId(run.id);
  const places: [string, string][] = [[`cosmos show ${id}`, 'everything that was recorded']];
  if (run.log) places.push([`cosmos logs ${id}`, 'what the program printed']);
  const lines = places.flatMap(([place, what]) => hanging(padRight(place, 26), what, 2, options));
  if (options.viewFolder === undefined) return lines;
  return [...indented(options.viewFolder, 2, options, options.paint.strong), ...lines];
}

/** What becomes of the result by itself. */
function followingLines(run: RunDocument, options: EndedOptions): string[] {
  const text = describeNext(run);
  return text === undefined ? [] : indented(`The result is ${text}.`, 2, options);
}

function nextLines(run: RunDocument, options: EndedOptions): string[] {
  if (run.status === 'completed') {
    if (options.enhanced) return enhancedNextLines(options.enhanced, options);
    return run.kind === 'preview' ? indented(REAL_RENDERS, 2, options) : [];
  }
  if (run.status === 'cancelled') {
    return indented(
      'Nothing of it is running any more. Give the same command again to start anew.',
      2,
      options,
    );
  }
  const advice =
    run.failure?.isRetryable === true
      ? 'Give the same command again.'
      : 'Follow the advice above, then give the command again.';
  return indented(advice, 2, options);
}
