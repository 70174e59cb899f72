/**
 * How long jobs will still run, and when those in a line will start: first come, first served, as the supervisors do it, with
 * the times that earlier runs took. No guesses: whatever depends on something of unknown length is unknown itself.
 */

/** Milliseconds from now; null for unknown. */
export type Delay = number | null;

export interface Asked {
  /** How many GPUs; null for unknown. */
  gpus: number | null;
  durationMs: Delay;
}

/**
 * @param gpus when each GPU becomes free: 0 for one that is
 * @param line without those that are held
 * @returns when each of the line starts
 */
export function estimateStarts(gpus: readonly Delay[], line: readonly Asked[]): Delay[] {
  let free = [...gpus];
  let before: Delay = 0;
  return line.map((asked) => {
    before = before === null ? null : startOf(free, asked.gpus, before);
    if (before !== null) free = takeGpus(free, asked, before);
    return before;
  });
}

/** Nobody overtakes, so no job starts before the one ahead of it. */
function startOf(free: readonly Delay[], gpus: number | null, before: number): Delay {
  const known = free.filter((delay) => delay !== null).toSorted((a, b) => a - b);
  const last = gpus === null ? undefined : known[gpus - 1];
  if (last === undefined) return null;
  // A GPU of which nobody knows when it is free may be free earlier.
  return last > before && known.length < free.length ? null : Math.max(last, before);
}

function takeGpus(free: readonly Delay[], {gpus, durationMs}: Asked, start: number): Delay[] {
  let left = gpus ?? 0;
  return free
    .toSorted((a, b) => (a ?? Infinity) - (b ?? Infinity))
    .map((delay) => {
      if (left === 0) return delay;
      left -= 1;
      return durationMs === null ? null : start + durationMs;
    });
}

export interface TimeLeft {
  /** Null when it is only known that it takes longer than usual. */
  leftMs: Delay;
  /** It has run for longer than most earlier ones. */
  isOverdue: boolean;
}

/** A share says little before: loading a model takes its time, and none of it is counted. */
const TELLING_SHARE = 0.25;

/**
 * How much longer a job runs. What earlier ones took counts at first; the further it is, the more its own pace does.
 * @param durationMs what earlier ones took
 * @param sinceMs since its start; negative counts as none, as clocks are set
 * @param share how much of the work is done, 0 to 1; undefined for unknown
 * @returns undefined when nothing is known
 */
export function estimateLeft(durationMs: Delay, sinceMs: number, share = 0): TimeLeft | undefined {
  const elapsedMs = Math.max(0, sinceMs);
  const isTelling = share >= TELLING_SHARE && share < 1;
  const byPace = isTelling ? (elapsedMs * (1 - share)) / share : null;
  if (durationMs === null) return byPace === null ? undefined : {leftMs: byPace, isOverdue: false};
  const byHistory = durationMs - elapsedMs;
  if (byHistory <= 0) return {leftMs: byPace, isOverdue: true};
  const leftMs = byPace === null ? byHistory : (1 - share) * byHistory + share * byPace;
  return {leftMs, isOverdue: false};
}

/** Of the middle; null for none. */
export function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return null;
  if (!Number.isInteger(middle)) return sorted[Math.floor(middle)] ?? null;
  return ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
