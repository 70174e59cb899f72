/**
 * Draws pictures of videos in another process: a video that makes the codecs crash or hang costs its own pictures and
 * nothing else.
 */
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import type {ErrorCode} from '../../errors.ts';
import {nodeProgram} from '../../platform/node-program.ts';
import type {DrawnPictures} from './draw.ts';

/** Why there are no pictures of a video. */
export interface Problem {
  /** Absent for what nobody has foreseen. */
  code?: ErrorCode;
  problem: string;
}

/** What the program writes. */
export type Answer = Record<keyof DrawnPictures, string> | Problem;

export interface ApartOptions {
  /** For one video. The longest that is looked at, two minutes of HD, takes about 30 s where nothing else is done. */
  mostMs?: number;
  /** Arguments of Node. */
  program?: readonly string[];
}

/** One answer for each path, in their order. Problems of whatever kind are answers. */
export async function* drawApart(
  paths: readonly string[],
  options: ApartOptions = {},
): AsyncGenerator<DrawnPictures | Problem, void> {
  for (let next = 0; next < paths.length; next += 1) {
    for await (const answer of askProgram(paths.slice(next), options)) {
      yield 'problem' in answer ? answer : decode(answer);
      next += 1;
    }
    if (next < paths.length) yield {problem: 'the program that draws pictures of it ended early'};
  }
}

/** Ends after the last answer, or where the program ends or is silent for too long. */
async function* askProgram(
  paths: readonly string[],
  {mostMs = 180_000, program = nodeProgram('media/thumbnails/program')}: ApartOptions,
): AsyncGenerator<Answer, void> {
  const child = spawn(process.execPath, program, {stdio: ['pipe', 'pipe', 'ignore']});
  // A program that cannot be started, or has ended, is seen by its silence.
  for (const emitter of [child, child.stdin]) emitter.on('error', () => undefined);
  child.stdin.end(paths.map((path) => `${JSON.stringify(path)}\n`).join(''));
  const timer = setTimeout(() => child.kill('SIGKILL'), mostMs);
  let count = 0;
  try {
    for await (const line of createInterface({input: child.stdout})) {
      const answer = parse(line);
      if (!answer) return;
      yield answer;
      timer.refresh();
      if (++count === paths.length) return;
    }
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}

/** Undefined for half a line, which a program leaves that is killed. */
function parse(line: string): Answer | undefined {
  try {
    return JSON.parse(line) as Answer;
  } catch {
    return undefined;
  }
}

function decode({poster, strip}: Record<keyof DrawnPictures, string>): DrawnPictures {
  return {poster: Buffer.from(poster, 'base64'), strip: Buffer.from(strip, 'base64')};
}
