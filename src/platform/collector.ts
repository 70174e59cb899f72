/**
 * Holds V8's collector back while bytes stream through this process. Every buffer that a socket fills counts as much as
 * it is long, and above a small heap V8 collects after each 8 MiB: 129 times in a download of 1 GiB, which was about a
 * third of its CPU time. A V8 that does not know the flag goes on as before.
 */
import {getHeapStatistics, setFlagsFromString} from 'node:v8';

/** What may lie about before it is collected; with the blocks in flight a client stays far below 250 MB. */
const GARBAGE_BYTES = 96 << 20;
/** Percent of the living heap; 0 leaves it to V8. */
const LEAST_PERCENT = 100;
const MOST_PERCENT = 2000;

let users = 0;

/** Until the function that it returns is called. Calls may overlap. */
export function allowGarbage(): () => void {
  if (users++ === 0) {
    const percent = Math.round((100 * GARBAGE_BYTES) / getHeapStatistics().used_heap_size);
    setGrowth(Math.min(MOST_PERCENT, Math.max(LEAST_PERCENT, percent)));
  }
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    if (--users === 0) setGrowth(0);
  };
}

function setGrowth(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}
