/** One run on a sheet: what it is, how it went, its videos, and in what it differs from the others. */
import {shortId} from '../../manifest/names.ts';
import type {RunDocument} from '../../manifest/types.gen.ts';
import {isTerminal} from '../../runner/transitions.ts';
import type {SheetRun, SheetVideo} from '../../workspace/sheet/lay-run.ts';
import {formatDuration, formatPicture, formatStars, formatTime} from '../format.ts';
import {PREVIEW_NOTICE} from '../run-detail.ts';
import {NEGATIVE, PROMPT, type Facts} from './compare.ts';
import {element, escapeHtml} from './html.ts';

/** @param differing names of what is not the same in all runs */
export function renderCard(
  {run, videos, text}: SheetRun,
  facts: Facts,
  differing: readonly string[],
): string {
  return [
    `<article class="run" id="${escapeHtml(run.id)}">`,
    renderHead(run),
    ...(run.kind === 'preview' ? [element('p', 'notice', PREVIEW_NOTICE)] : []),
    ...renderFailure(run),
    ...(videos.some(({isPrimary}) => isPrimary) || text !== null
      ? []
      : [element('p', 'faint', whyNone(run))]),
    ...(text === null ? [] : [element('pre', 'text', text)]),
    ...(videos.length === 0 ? [] : [`<div class="videos">${videos.map(renderVideo).join('\n')}</div>`]),
    ...renderTexts(facts, differing),
    ...renderFacts(facts, {names: differing.filter(isParameter), className: 'differs'}),
    ...(run.notes === null ? [] : [element('p', 'negative', run.notes)]),
    '</article>',
  ].join('\n');
}

function renderHead(run: RunDocument): string {
  const {id, name, status, rating, tags, createdAt, execution} = run;
  const ms = execution.phaseMs?.['running'];
  const took = ms === undefined ? '' : `, ran ${formatDuration(ms)}`;
  return [
    '<header>',
    ...(name === null ? [] : [element('h2', '', name)]),
    `<code>${escapeHtml(shortId(id))}</code>`,
    `<button class="copy" data-copy="${escapeHtml(id)}" title="copy the whole id">copy id</button>`,
    `<span class="status ${status}">${status}</span>`,
    ...(rating === null ? [] : [renderStars(rating)]),
    ...tags.map((tag) => element('span', 'tag', tag)),
    `<span class="faint">${escapeHtml(formatTime(createdAt) + took)}</span>`,
    '</header>',
  ].join('');
}

const MOST_STARS = 5;

function renderStars(rating: number): string {
  const stars = formatStars(rating) + '☆'.repeat(MOST_STARS - rating);
  return `<span class="stars" role="img" aria-label="rated ${rating} of ${MOST_STARS}">${stars}</span>`;
}

function renderFailure({failure}: RunDocument): string[] {
  return failure ? [element('p', 'failure', `${failure.class}: ${failure.message}`)] : [];
}

function whyNone({status, outputs, released, failure}: RunDocument): string {
  if (!isTerminal(status)) return `no output yet: the run is ${status}`;
  if (released.length > 0) return 'the output was let go';
  if (failure) return 'no output: the run failed';
  return outputs.length > 0 ? 'the output is no video' : 'no output';
}

function renderVideo(video: SheetVideo): string {
  const {name, path, isPrimary, side} = video;
  const label = escapeHtml(labelOf(video));
  const link = path === null ? label : `<a href="${escapeHtml(path)}">${label}</a>`;
  const facts = video.media ? escapeHtml(formatPicture(video.media)) : '';
  // Beside its neighbours only the large one has room for more than its name.
  const caption = isPrimary ? `${link}<span>${facts}</span>` : link;
  const content = path === null ? element('div', 'none', 'not in the store') : renderPlayer(video, path);
  return [
    `<figure class="${isPrimary ? 'main' : side}" title="${escapeHtml(name)}${facts === '' ? '' : `: ${facts}`}">`,
    `${content}<figcaption>${caption}</figcaption></figure>`,
  ].join('');
}

function renderPlayer({media, poster}: SheetVideo, path: string): string {
  const size = media
    ? ` width="${media.width}" height="${media.height}" data-seconds="${media.durationSeconds}"`
    : '';
  const picture = poster === null ? '' : ` poster="${escapeHtml(poster)}"`;
  return `<video src="${escapeHtml(path)}"${size}${picture} preload="none" muted playsinline></video>`;
}

/** `output`, `color`, `edge input control`; of what may be cut off it says so. */
function labelOf({name, role, side, isPrimary, isPartial}: SheetVideo): string {
  const plain = name.replace(/\.[^.]*$/, '').replaceAll('_', ' ');
  const label = isPrimary ? 'output' : side === 'input' ? role : plain;
  return isPartial ? `${label}, may be cut off` : label;
}

/** Prompt and negative prompt, unless they are the same in all. */
export function renderTexts(facts: Facts, names: readonly string[]): string[] {
  const text = names.includes(PROMPT) ? facts.get(PROMPT) : undefined;
  const negative = names.includes(NEGATIVE) ? facts.get(NEGATIVE) : undefined;
  return [
    ...(text === undefined ? [] : [element('p', 'prompt', text)]),
    ...(negative === undefined ? [] : [element('p', 'negative', `without: ${negative}`)]),
  ];
}

export function isParameter(name: string): boolean {
  return name !== PROMPT && name !== NEGATIVE;
}

/** What a run does not have is left out. */
export function renderFacts(
  facts: Facts,
  {names, className}: {names: readonly string[]; className: string},
): string[] {
  const items = names.flatMap((name) => {
    const text = facts.get(name);
    return text === undefined
      ? []
      : [`<li class="${className}">${escapeHtml(name)} <b dir="auto">${escapeHtml(text)}</b></li>`];
  });
  return items.length === 0 ? [] : [`<ul class="facts">${items.join('')}</ul>`];
}
