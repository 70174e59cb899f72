/** How far a Cosmos 3 run is, from one line of its log: a bar of steps for each chunk, and lines that name the phase. */
import type {Progress} from '../../model.ts';
import {readBar} from '../nvidia/bars.ts';
import {cleanLine, parseRecord} from '../nvidia/log.ts';

const PHASES: readonly (readonly [string, RegExp])[] = [
  ['load', /^Console log saved to |^Loaded \d+ samples|^Loading /],
  ['prepare', /^Saved sample args to /],
  ['controls', /^Loaded pre-computed \w+ control |^Computing \w+ control input on the fly/],
  ['generate', /^\[transfer\] final user prompt: /],
  ['save', /^Saved control video to |^Saved (?:transfer|sample) outputs to /],
];
const STEPS = 'Sampling';

/** Undefined for lines that say nothing about progress. */
export function readProgress(line: string): Progress | undefined {
  const record = parseRecord(line);
  if (!record) {
    const bar = readBar(cleanLine(line));
    return bar?.title === STEPS ? {done: bar.done, total: bar.total, phase: 'sample'} : undefined;
  }
  const phase = PHASES.find(([, pattern]) => pattern.test(record.message))?.[0];
  return phase === undefined ? undefined : {done: 0, total: 0, phase};
}
