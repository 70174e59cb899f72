/**
 * How far a Transfer2.5 run is, from one line of its log: a bar of steps for each chunk of 93 frames, and lines that name the
 * phase.
 */
import type {Progress} from '../../model.ts';
import {parseRecord} from '../nvidia/log.ts';
import {readPhase, type ProgressTable} from '../nvidia/progress.ts';

/** Phases in their order, by the beginning of the message. */
const PHASES: ProgressTable['phases'] = [
  ['load', /^Log saved to |^Found \d+ hint keys|^Saved config to |^Generating \d+ samples: |^Loading /],
  ['prepare', /^\[\d+\/\d+\] Processing sample |^Saved arguments to |^Processing the following paths: /],
  ['check prompt', /^Running guardrail check on prompt|^Passed guardrail on (?:negative )?prompt/],
  ['generate', /^-+ Generating video/],
  ['controls', /^\w+ control video saved to |^Mask for \w+ saved to /],
  ['check video', /^Running guardrail check on video|^Passed guardrail on generated video/],
  ['save', /^Generated video saved to /],
];
const CHUNK = /^Generating chunk (\d+)\/(\d+)/;

/** Undefined for lines that say nothing about progress. */
export function readProgress(line: string): Progress | undefined {
  const [, chunk, of] = CHUNK.exec(parseRecord(line)?.message ?? '') ?? [];
  if (chunk !== undefined && of !== undefined)
    return {done: 0, total: 0, phase: 'sample', part: {index: Number(chunk), of: Number(of)}};
  return readPhase({phases: PHASES, bar: {title: 'Generating samples', phase: 'sample'}}, line);
}
