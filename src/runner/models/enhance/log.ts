/** The lines that the program of an enhancement prints, and their reader: one file, so that both cannot drift apart. */
import type {Progress} from '../../model.ts';

const ERROR = 'enhance: error: ';

export function formatAsking(model: string, host: string, frames: number): string {
  return `enhance: asking ${model} at ${host}, ${frames === 0 ? 'without a picture' : `${frames} frames`}`;
}

/** `enhance: HTTP 429: too many requests; trying again in 2 s` */
export function formatAgain(problem: string, seconds: number): string {
  return oneLine(`enhance: ${problem}; trying again in ${seconds} s`);
}

export function formatAnswered(characters: number, seconds: number): string {
  return `enhance: answered, ${characters} characters in ${seconds.toFixed(1)} s`;
}

export function formatError(message: string): string {
  return oneLine(`${ERROR}${message}`);
}

/** What went wrong, when the line says so. */
export function readError(line: string): string | undefined {
  return line.startsWith(ERROR) ? line.slice(ERROR.length) : undefined;
}

const PHASES: readonly (readonly [string, RegExp])[] = [
  ['ask', /^enhance: asking /],
  ['wait', /^enhance: .*; trying again in /],
  ['done', /^enhance: answered, /],
  ['load', /^(?:\[[^\]]*\] )?Initializing prompt upsampler\.\.\.$/],
  ['ask', /^(?:\[[^\]]*\] )?Upsampling prompt \d+\/\d+: /],
];

export function readProgress(line: string): Progress | undefined {
  const phase = PHASES.find(([, pattern]) => pattern.test(line.trimEnd()))?.[0];
  return phase === undefined ? undefined : {done: 0, total: 0, phase};
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ');
}
