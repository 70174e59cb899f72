/** How far a Cosmos 3 run is, from one line of its log: a bar of steps for each chunk, and lines that name the phase. */
import type {Progress} from '../../model.ts';
import {readPhase, type ProgressTable} from '../nvidia/progress.ts';

const PHASES: ProgressTable['phases'] = [
  ['load', /^Console log saved to |^Loaded \d+ samples|^Loading /],
  ['prepare', /^Saved sample args to /],
  ['controls', /^Loaded pre-computed \w+ control |^Computing \w+ control input on the fly/],
  ['generate', /^\[transfer\] final user prompt: /],
  ['save', /^Saved control video to |^Saved (?:transfer|sample) outputs to /],
];

/** Undefined for lines that say nothing about progress. */
export function readProgress(line: string): Progress | undefined {
  return readPhase({phases: PHASES, bar: {title: 'Sampling', phase: 'sample'}}, line);
}
