/** The page of a sheet: one HTML text that loads nothing but the files beside it. */
import {createHash} from 'node:crypto';
import {SHEET_MARK, type Sheet} from '../../workspace/sheet.ts';
import {formatShown, formatTime} from '../format.ts';
import {compareRuns} from './compare.ts';
import {isParameter, renderCard, renderFacts, renderTexts} from './run-card.ts';
import {SCRIPT} from './script.ts';
import {STYLE} from './style.ts';

/**
 * The browser runs the script and the style with these digests and no other, contacts nobody, and takes pictures and
 * videos from the page's own place: `file:` for a page that is opened from a disk, `'self'` on a server.
 */
const POLICY = [
  "default-src 'none'",
  `script-src ${digestOf(SCRIPT)}`,
  `style-src ${digestOf(STYLE)}`,
  "img-src 'self' file:",
  "media-src 'self' file:",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

function digestOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;
}

export function renderSheet({runs, total, at}: Sheet): string {
  const comparison = compareRuns(runs.map(({run}) => run));
  const count = formatShown(runs.length, total, 'run');
  const cards = runs.map((run, index) =>
    renderCard(run, comparison.facts[index] ?? new Map(), comparison.differing),
  );
  const common = Array.from(comparison.common.keys());
  return `${[
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    SHEET_MARK,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    `<title>cosmos: ${count}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    `<body data-seconds="${longest(runs)}">`,
    BAR,
    '<section class="top">',
    `<h1>${count}</h1>`,
    `<p class="faint">made ${formatTime(at)}${runs.length > 1 && common.length > 0 ? '; the same in all of them:' : ''}</p>`,
    ...renderTexts(comparison.common, common),
    ...renderFacts(comparison.common, {names: common.filter(isParameter), className: 'same'}),
    '</section>',
    `<main>\n${cards.join('\n')}\n</main>`,
    `<script>${SCRIPT}</script>`,
    '</body>',
    '</html>',
  ].join('\n')}\n`;
}

const BAR = [
  '<nav class="bar" aria-label="playback">',
  '<button class="play" id="play" title="space">Play</button>',
  '<button id="restart" title="Home">Restart</button>',
  '<input class="seek" id="seek" type="range" min="0" step="any" value="0" aria-label="position">',
  '<output id="time"></output>',
  '<button id="loop" aria-pressed="true" title="l">Loop</button>',
  '<button id="mute" aria-pressed="true" title="m">Mute</button>',
  '<button id="alone" aria-pressed="true" title="i">Inputs</button>',
  '</nav>',
].join('');

/** Seconds of the longest video. */
function longest(runs: Sheet['runs']): number {
  return runs
    .flatMap(({videos}) => videos)
    .reduce((most, {media, path}) => (path === null ? most : Math.max(most, media?.durationSeconds ?? 0)), 0);
}
