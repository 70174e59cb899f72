/** The times that the filesystem gives to files, beside the clock of this process. */
import {stat, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Now} from '../clock.ts';
import type {Observation} from './finding.ts';

/** The bound that kopia sets for the same comparison. */
const TOLERATED_MS = 3 * 60 * 1000;

/** The time may have been given by another machine: a server, or the host of a virtual one. */
export async function clockProbe(folder: string, now: Now): Promise<Observation> {
  const path = join(folder, 'file');
  const before = now();
  await writeFile(path, '');
  const after = now();
  const {mtimeMs} = await stat(path);
  const offMs = Math.round(mtimeMs < before ? mtimeMs - before : Math.max(0, mtimeMs - after));
  const facts = {offMs};
  const size = spellTime(Math.abs(offMs));
  if (Math.abs(offMs) <= TOLERATED_MS)
    return {answer: 'yes', found: `The disk and this computer agree about the time, to ${size}.`, facts};
  const side = offMs > 0 ? 'ahead of' : 'behind';
  return {answer: 'no', found: `The disk gives times that are ${size} ${side} this computer's clock.`, facts};
}

/** Files of one age are `2 s` old, never `2000 ms`. */
function spellTime(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} minutes`;
}

/** An odd one, so that nothing coarser keeps it. */
const A_TIME_MS = 1_700_000_001_123;

export async function fileTimesProbe(folder: string): Promise<Observation> {
  const path = join(folder, 'file');
  await writeFile(path, '');
  await utimes(path, A_TIME_MS / 1000, A_TIME_MS / 1000);
  const offMs = Math.abs((await stat(path)).mtimeMs - A_TIME_MS);
  return offMs <= 10
    ? {answer: 'yes', found: 'Times of files are kept to a hundredth of a second.'}
    : {answer: 'no', found: `Times of files are kept to ${spellTime(Math.ceil(offMs / 1000) * 1000)} only.`};
}
