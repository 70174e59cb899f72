/** What `cosmos show` prints: everything that the document says, in the order in which an artist asks. */
import type {RunDocument} from '../manifest/types.gen.ts';
import {reachedAt, RUN_STATUSES} from '../manifest/run-status.ts';
import {newestProof, type Sighting} from '../manifest/sightings.ts';
import type {Now} from '../platform/clock.ts';
import type {TimeLeft} from '../runner/estimate.ts';
import {describeNext} from '../runner/next.ts';
import {isTerminal, phaseTimes} from '../runner/transitions.ts';
import {describeWaiting} from '../runner/waiting.ts';
import type {Stall} from '../workspace/outlook.ts';
import type {Prices} from '../workspace/prices.ts';
import {fullCost} from './cost.ts';
import {
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatElapsed,
  formatLeft,
  formatSpan,
  formatTime,
  plural,
  shortDigest,
  since,
} from './format.ts';
import {field, hanging, indented, joinSections, section, type LineOptions} from './lines.ts';
import {statusWord} from './paint.ts';
import {parameterLines} from './parameters.ts';
import {filesSection, warningLines, releasedSection, thumbnailsSection} from './run-files.ts';
import {cleanLine, cleanLogLine, padRight} from './text.ts';

export interface DetailOptions extends LineOptions {
  now: Now;
  /** Of the targets, for a job that runs. */
  prices?: Prices;
  /** What whoever drives the run last noted of it. */
  sighting?: Sighting | undefined;
  /** Of a job that runs, where it is known. */
  timeLeft?: TimeLeft | undefined;
  /** Of a job that may hang. */
  stall?: Stall | undefined;
}

export const PREVIEW_NOTICE =
  'No model ran: the control signals were computed on this machine, and the prompt was recorded, not rendered.';

/** One text without a final line break; words wrap at the width. */
export function renderRun(run: RunDocument, options: DetailOptions): string {
  return layRun(run, options).join('\n');
}

/** The same as lines, for views that scroll. */
export function layRun(run: RunDocument, options: DetailOptions): string[] {
  return joinSections([
    headSection(run, options),
    promptLines(run, options),
    section('Failure', failureLines(run, options), options),
    filesSection('Outputs', {files: run.outputs, primary: run.primaryOutput}, options),
    section('Warning', warningLines(run, options), options),
    releasedSection(run, options),
    filesSection('Inputs', {files: run.inputs, primary: null}, options),
    thumbnailsSection(run, options),
    section('Parameters', parameterLines(run.parameters, options), options),
    executionLines(run, options),
    attemptsSection(run, options),
    eventsSection(run, options),
    personSection(run, options),
  ]);
}

function headSection(run: RunDocument, options: DetailOptions): string[] {
  const now = options.now();
  return [
    options.paint.strong(run.id),
    ...optional('Name', run.name, options),
    ...statusLines(run, options),
    ...field('Model', modelText(run), options),
    ...(run.kind === 'preview' ? field('', PREVIEW_NOTICE, options, options.paint.warn) : []),
    ...field('Made', `${formatTime(run.createdAt)}, ${formatAge(since(run.createdAt, now))}`, options),
    ...optional('Scene', run.scene && run.scene.name, options),
    ...batchField(run, options),
    ...loadFields(run, options),
    ...optional('After', (run.after ?? []).filter((id) => id !== run.share?.run).join(', '), options),
    ...optional('Next', describeNext(run), options),
    ...run.parents.flatMap((parent) =>
      field('Parent', `${parent.relation.replaceAll('-', ' ')} ${parent.run}`, options),
    ),
    ...optional('Other ids', run.aliases.join(', '), options),
  ];
}

/** A field that is left out when it has no value. */
export function optional(label: string, value: string | null | undefined, options: LineOptions): string[] {
  return value === null || value === undefined || value === '' ? [] : field(label, value, options);
}

/** Status with its age; a wish to cancel; the last proof of life of a run that has not ended. */
export function statusLines(run: RunDocument, options: DetailOptions): string[] {
  const {paint} = options;
  const now = options.now();
  const word = statusWord({status: run.status, isCancelRequested: run.cancelRequested !== null}, paint);
  const reached = reachedAt(run);
  // The job may have ended long before anybody looked.
  const ended = run.execution.endedAt ?? reached;
  const took = `, after ${formatDuration(since(run.createdAt, Date.parse(ended)))}`;
  return [
    ...field(
      'Status',
      `${word.text}, ${formatAge(since(reached, now))}${isTerminal(run.status) ? took : ''}`,
      options,
      word.style,
    ),
    ...cancelField(run, options),
    ...waitingField(run, options),
    ...leftField(options),
    ...stallField(options),
    ...(isTerminal(run.status) ? [] : evidenceLines(run, options)),
  ];
}

/** What the status rests on, each with its age. */
function evidenceLines({execution}: RunDocument, {sighting = {}, ...options}: DetailOptions): string[] {
  const age = (at: string): string => formatAge(since(at, options.now()));
  const proofAt = newestProof(execution.lastProofAt, sighting);
  const {seenAt, unreachable} = sighting;
  const answered = seenAt === undefined ? 'not answered yet' : `answered ${age(seenAt)}`;
  const silent =
    unreachable &&
    `unreachable for ${formatSpan(since(unreachable.since, options.now()))}, last tried ${age(unreachable.triedAt)}`;
  return [
    ...field('Job alive', proofAt === undefined ? 'not proven yet' : `last proven ${age(proofAt)}`, options),
    ...((seenAt ?? unreachable)
      ? field('Machine', silent ? `${silent}; ${answered}` : answered, options)
      : []),
  ];
}

function cancelField({cancelRequested}: RunDocument, options: DetailOptions): string[] {
  if (!cancelRequested) return [];
  const {at, by, reason} = cancelRequested;
  const why = reason === undefined ? '' : `: ${reason}`;
  return field('Cancel', `asked for by ${by}, ${formatAge(since(at, options.now()))}${why}`, options);
}

function waitingField({execution: {waiting}}: RunDocument, options: DetailOptions): string[] {
  if (!waiting) return [];
  const span = formatSpan(since(waiting.at, options.now()));
  return field('Waits', `${describeWaiting(waiting)}, for ${span}`, options);
}

/** For the full view, and for the brief one. */
export function leftField({timeLeft, ...options}: DetailOptions): string[] {
  return optional('Time left', timeLeft && formatLeft(timeLeft), options);
}

/** The same. */
export function stallField({stall, ...options}: DetailOptions): string[] {
  if (!stall) return [];
  const {silentMs, longestMs} = stall;
  const known = `its log did not grow for ${formatElapsed(silentMs)}, and no GPU of it was at work; earlier runs of the model were silent for ${formatElapsed(longestMs)} at most`;
  return field('May hang', `${known}. It goes on until somebody stops it.`, options, options.paint.warn);
}

/** `relight, kind transfer, revision 3`: first the name that `--model` takes. */
export function modelText({kind, model}: RunDocument): string {
  const name = model.name ?? model.family;
  return [
    name,
    ...(name === kind ? [] : [`kind ${kind}`]),
    ...(model.revision === undefined ? [] : [`revision ${model.revision}`]),
  ].join(', ');
}

function batchField({batch}: RunDocument, options: LineOptions): string[] {
  if (!batch) return [];
  const label = batch.label === undefined ? '' : ` (${batch.label})`;
  return field(
    'Batch',
    `${batch.id}, ${formatCount(batch.index + 1)} of ${formatCount(batch.size)}${label}`,
    options,
  );
}

/** What loaded the model for it, or what it loads the model for. */
function loadFields({share, members = [], attempts}: RunDocument, options: LineOptions): string[] {
  const isAlone = share !== undefined && attempts.length > 0;
  return [
    ...optional(
      'Load',
      share && `shared with others: ${share.run}${isAlone ? ', which did not make it' : ''}`,
      options,
    ),
    ...optional('Members', members.join(', '), options),
  ];
}

export function promptLines({prompt}: RunDocument, options: LineOptions): string[] {
  if (!prompt) return [];
  return [
    ...field('Prompt', prompt.text === '' ? '(empty)' : prompt.text, options),
    ...optional('Negative', prompt.negative, options),
  ];
}

/** Class and message, the lines that decided it, what to do. */
export function failureLines({failure}: RunDocument, options: LineOptions): string[] {
  if (!failure) return [];
  const again = failure.isRetryable
    ? 'Trying again may help.'
    : 'Trying again without a change will not help.';
  return [
    ...indented(`${failure.class}: ${failure.message}`, 2, options, options.paint.bad),
    ...failure.evidence.flatMap((line) => indented(cleanLogLine(line), 6, options)),
    ...indented(failure.advice, 2, options),
    ...indented(again, 2, options),
  ];
}

/** Where and how it was executed, and where the time went. */
function executionLines(run: RunDocument, options: DetailOptions): string[] {
  const {execution, log, spec} = run;
  const {target, launcher, host, job, container, gpu, command} = execution;
  const card = gpu && [gpu.name, gpu.uuid, gpu.driver && `driver ${gpu.driver}`].filter(Boolean).join(', ');
  return [
    ...field(
      'Target',
      [target, launcher, ...(host === undefined ? [] : [`host ${host}`])].join(', '),
      options,
    ),
    ...optional('Job', job, options),
    ...optional('Container', container, options),
    ...optional('GPU', card, options),
    ...optional('Command', command.map(quoteArgument).join(' '), options),
    ...optional('Ended with', exitText(execution), options),
    ...optional('Times', phasesText(run), options),
    ...optional('Log', log && `${formatBytes(log.size)}, ${shortDigest(log.digest)}`, options),
    ...optional('Spec', spec && `${formatBytes(spec.size)}, ${shortDigest(spec.digest)}`, options),
    ...optional('Cost', fullCost(run, {...options, now: options.now()}), options),
  ];
}

/** For reading: an argument with anything unusual in it is put in quotes. */
function quoteArgument(argument: string): string {
  return /^[\w@%+=:,./{}-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}

function exitText({exitCode, signal}: RunDocument['execution']): string {
  if (typeof signal === 'string') return signal;
  return typeof exitCode === 'number' ? `exit code ${exitCode}` : '';
}

/** `queued 0.1 s, running 2 m 05 s`; until the end the states that were left so far. */
export function phasesText(run: RunDocument): string {
  const times = run.execution.phaseMs ?? phaseTimes(run);
  const phases = RUN_STATUSES.filter((status) => times[status] !== undefined);
  return phases.map((status) => `${status} ${formatDuration(times[status] ?? 0)}`).join(', ');
}

function attemptsSection({attempts}: RunDocument, options: LineOptions): string[] {
  if (attempts.length < 2) return [];
  const lines = attempts.flatMap(({number, at, reason}) =>
    indented(`${number}  ${formatTime(at)}${reason === undefined ? '' : `  ${reason}`}`, 2, options),
  );
  return section(plural(attempts.length, 'attempt'), lines, options);
}

function eventsSection({events}: RunDocument, options: LineOptions): string[] {
  const lines = events.flatMap(({at, to, by, reason}) =>
    hanging(`${formatTime(at)}  ${padRight(cleanLine(to), 10)}  `, `${reason} (${by})`, 2, options),
  );
  return section('Events', lines, options);
}

/** What people added afterwards. */
function personSection({rating, tags, notes}: RunDocument, options: LineOptions): string[] {
  return [
    ...optional('Rating', rating === null ? null : String(rating), options),
    ...optional('Tags', tags.join(', '), options),
    ...optional('Notes', notes, options),
  ];
}
