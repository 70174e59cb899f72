/**
 * state/heartbeat: a counter that a living supervisor rewrites in place about every second. In place, because that
 * works on a full disk too; not synced, because after a power cut it means nothing.
 */
import {closeSync, openSync, readFileSync, writeSync} from 'node:fs';

/** Readers call a supervisor alive when the counter changed between two looks. */
export const HEARTBEAT_MS = 1000;
/** Fixed width, so that a reader never sees the end of a longer number. */
const DIGITS = 12;

/** Starts beating at once; a successor goes on from its predecessor's count. @returns how to stop. */
export function startHeartbeat(path: string): () => void {
  let count = readCount(path);
  const file = openSync(path, count === undefined ? 'w' : 'r+');
  const beat = (): void => {
    count = (count ?? 0) + 1;
    try {
      writeSync(file, `${String(count).padStart(DIGITS, '0')}\n`, 0);
    } catch {
      return;
    }
  };
  beat();
  const timer = setInterval(beat, HEARTBEAT_MS);
  return () => {
    clearInterval(timer);
    closeSync(file);
  };
}

function readCount(path: string): number | undefined {
  try {
    const count = Number.parseInt(readFileSync(path, 'utf8'), 10);
    return Number.isNaN(count) ? 0 : count;
  } catch {
    return undefined;
  }
}
