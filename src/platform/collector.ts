/**
 * How often V8 collects garbage. A V8 that does not know the flag goes on as before.
 *
 * It is held back while bytes stream through this process: every buffer that a socket fills counts as much as it is long,
 * and above a small heap V8 collects after each 8 MiB: 129 times in a download of 1 GiB, which was about a third of its
 * CPU time. It is urged on while many small things are made: the heap of a client that brings 100,000 files home lives
 * on about 40 MB, and V8 would let it grow to several times that.
 */
import {getHeapStatistics, setFlagsFromString} from 'node:v8';

/** What may lie about before it is collected; with the blocks in flight a client stays far below 250 MB. */
const GARBAGE_BYTES = 96 << 20;
/** Percent of the living heap; 0 leaves it to V8. */
const LEAST_PERCENT = 100;
const MOST_PERCENT = 2000;

/** Percent of the living heap that may be garbage while many things are made. */
const FRUGAL_PERCENT = 10;

let streams = 0;
let crowds = 0;

/** Until the function that it returns is called. Calls may overlap. */
export function allowGarbage(): () => void {
  if (streams++ === 0) {
    const percent = Math.round((100 * GARBAGE_BYTES) / getHeapStatistics().used_heap_size);
    setGrowth(Math.min(MOST_PERCENT, Math.max(LEAST_PERCENT, percent)));
  }
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    if (--streams === 0) setGrowth(crowds > 0 ? FRUGAL_PERCENT : 0);
  };
}

/** While `work` is done. Calls may overlap; a stream of bytes meanwhile goes first. */
export async function withLittleGarbage<T>(work: () => Promise<T>): Promise<T> {
  if (crowds++ === 0 && streams === 0) setGrowth(FRUGAL_PERCENT);
  try {
    return await work();
  } finally {
    if (--crowds === 0 && streams === 0) setGrowth(0);
  }
}

function setGrowth(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}
