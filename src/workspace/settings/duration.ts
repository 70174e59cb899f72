/**
 * Durations as people write them in cosmos.toml: whole numbers with units, largest first ("24h", "1h30m", "7d", "0").
 * The schema holds the same grammar as a pattern; a test compares both.
 */
import {CosmosError} from '../../errors.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const UNITS_MS = [7 * DAY_MS, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS];

/** Seven digits keep the longest sum (9999999 weeks) exact in a double. */
const DURATION = /^(?=\d)(?:(\d{1,7})w)?(?:(\d{1,7})d)?(?:(\d{1,7})h)?(?:(\d{1,7})m)?(?:(\d{1,7})s)?$/;

export function isDuration(text: string): boolean {
  return DURATION.test(text);
}

/**
 * Milliseconds of a duration string: weeks, days, hours, minutes and seconds, each at most once, or "0".
 * Throws config.invalid for anything else.
 */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  const match = DURATION.exec(text);
  if (!match) {
    throw new CosmosError('config.invalid', `${JSON.stringify(text)} is not a duration`, {
      hint: 'Write whole numbers with a unit (w, d, h, m or s), largest first: "30m", "24h", "7d", "1h30m"; or "0".',
    });
  }
  return UNITS_MS.reduce((sum, unitMs, index) => sum + unitMs * Number(match[index + 1] ?? 0), 0);
}
