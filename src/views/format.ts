/** Numbers as people read them: sizes, times, ages, counts, facts of a video. The same words in every listing. */
import type {Digest} from '../cas/digest.ts';
import type {Media, Pictures} from '../manifest/types.gen.ts';
import type {TimeLeft} from '../runner/estimate.ts';
import type {Stall} from '../workspace/outlook.ts';
import {cleanLine} from './text.ts';

const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** Decimal units, as disks and clouds are sold: `999 bytes`, `1.2 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return plural(bytes, 'byte');
  let value = bytes / 1000;
  let unit = 0;
  // 999,950 bytes would round to "1000.0 kB".
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${UNITS[unit] ?? ''}`;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `0.8 s`, `12 s`, `2 m 05 s`, `1 h 02 m`, `2 d 03 h`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return 'unknown';
  const time = Math.max(0, ms);
  // Each step begins where the smaller unit would round up to a full larger one.
  if (time < 9950) return `${(time / SECOND).toFixed(1)} s`;
  if (time < MINUTE - 500) return `${Math.round(time / SECOND)} s`;
  if (time < HOUR - 500) return pair(Math.round(time / SECOND), 60, 'm', 's');
  if (time < DAY - MINUTE / 2) return pair(Math.round(time / MINUTE), 60, 'h', 'm');
  return pair(Math.round(time / HOUR), 24, 'd', 'h');
}

function pair(count: number, base: number, large: string, small: string): string {
  return `${formatCount(Math.floor(count / base))} ${large} ${String(count % base).padStart(2, '0')} ${small}`;
}

/** The same in whole seconds, for times that are still growing: `3 s`, `2 m 05 s`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / SECOND));
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * SECOND);
}

/** `about 2 m 05 s left`, `longer than usual`, `longer than usual, about 12 s left`. */
export function formatLeft({leftMs, isOverdue}: TimeLeft): string {
  const left = leftMs === null ? [] : [`about ${formatElapsed(leftMs)} left`];
  return [...(isOverdue ? ['longer than usual'] : []), ...left].join(', ');
}

/** `silent for 12 m 05 s, before at most 3 m 10 s` */
export function formatStall({silentMs, longestMs}: Stall): string {
  return `silent for ${formatElapsed(silentMs)}, before at most ${formatElapsed(longestMs)}`;
}

/** `12 s`, `3 min`, `2 h`, `5 d`: one unit, rounded down; for columns that are called "age". */
export function formatSpan(ms: number): string {
  if (!Number.isFinite(ms)) return 'unknown';
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${formatCount(Math.floor(ms / DAY))} d`;
}

/** `12 s ago`; `just now` below a second and when the clock was set back. */
export function formatAge(ms: number): string {
  if (!Number.isFinite(ms)) return 'at an unknown time';
  return ms < SECOND ? 'just now' : `${formatSpan(ms)} ago`;
}

/** Milliseconds from an ISO time until `now`; NaN when it is not a time. */
export function since(time: string, now: number): number {
  return now - Date.parse(time);
}

/** `2026-11-23 14:05:09 UTC` */
export function formatTime(time: string): string {
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) return cleanLine(time);
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `20,000` */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 run`, `20,000 runs` */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `2 of 7 runs`, and then `more`; `7 runs` where all are shown. */
export function formatShown(shown: number, total: number, one: string, more = ''): string {
  return shown < total ? `${formatCount(shown)} of ${plural(total, one)}${more}` : plural(total, one);
}

/** `★★★★` */
export function formatStars(rating: number): string {
  return '★'.repeat(rating);
}

/** `1280x704, 48 frames, 24 fps, 2.00 s` */
export function formatPicture({width, height, frames, fps, durationSeconds}: Media): string {
  const rate = `${Number(fps.toFixed(3))} fps`;
  return [`${width}x${height}`, plural(frames, 'frame'), rate, `${durationSeconds.toFixed(2)} s`].join(', ');
}

/** The same and how it is coded: `..., avc1.640028` */
export function formatMedia(media: Media): string {
  return `${formatPicture(media)}, ${cleanLine(media.codec)}`;
}

/** `poster 42.7 kB, sha256:0a1b…; strip …`: enough for `cosmos blob cat` */
export function formatPictures({poster, strip}: Pictures): string {
  const text = ({size, digest}: Pictures['poster']): string => `${formatBytes(size)}, ${shortDigest(digest)}`;
  return `poster ${text(poster)}; strip ${text(strip)}`;
}

/** `1.24 USD`; small amounts with more digits, and never nothing for what was not free. */
export function formatCost({amount, currency}: {amount: number; currency: string}): string {
  if (amount > 0 && amount < 0.0001) return `under 0.0001 ${currency}`;
  return `${amount.toFixed(amount > 0 && amount < 0.1 ? 4 : 2)} ${currency}`;
}

/** Whole percent, never 100 before it is done. */
export function percentOf({done, total}: {done: number; total: number}): number {
  if (!(total > 0)) return 0;
  return Math.min(100, Math.max(0, Math.floor((done / total) * 100)));
}

/** `sha256:` and twelve characters: enough to tell two files apart. */
export function shortDigest(digest: Digest): string {
  return digest.slice(0, 'sha256:'.length + 12);
}
