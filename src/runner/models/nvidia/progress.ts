/** How far a run is, from one line of its log: most lines name a phase, a bar counts within one. */
import type {Progress} from '../../model.ts';
import {readBar} from './bars.ts';
import {cleanLine, parseRecord} from './log.ts';

export interface ProgressTable {
  /** Phases in their order, by the beginning of the message. */
  phases: readonly (readonly [string, RegExp])[];
  /** The title of the bar that counts, and its phase. */
  bar: {title: string; phase: string};
}

/** Undefined for lines that say nothing about progress. A phase of unknown extent has the total 0. */
export function readPhase({phases, bar}: ProgressTable, line: string): Progress | undefined {
  const record = parseRecord(line);
  if (!record) {
    const found = readBar(cleanLine(line));
    return found?.title === bar.title ? {done: found.done, total: found.total, phase: bar.phase} : undefined;
  }
  const phase = phases.find(([, pattern]) => pattern.test(record.message))?.[0];
  return phase === undefined ? undefined : {done: 0, total: 0, phase};
}
