/** What the tests of components share: a frame as lines, and keys pressed one after the other. */
import {setImmediate, setTimeout as sleep} from 'node:timers/promises';
import {stripVTControlCharacters} from 'node:util';
import {render} from 'ink-testing-library';
import type {ReactElement} from 'react';
import {displayWidth} from '../../../src/views/text.ts';

export const KEYS = {
  up: '\u001B[A',
  down: '\u001B[B',
  pageDown: '\u001B[6~',
  escape: '\u001B',
  enter: '\r',
  tab: '\t',
  ctrlC: '\u0003',
};

/** The lines of one frame, without colours and trailing blanks. */
export function linesOf(frame: string | undefined): string[] {
  return (frame ?? '').split('\n').map((line) => stripVTControlCharacters(line).trimEnd());
}

/** Renders once. */
export function show(tree: ReactElement): string[] {
  const {lastFrame, unmount} = render(tree);
  const lines = linesOf(lastFrame());
  unmount();
  return lines;
}

export function widest(lines: readonly string[]): number {
  return Math.max(...lines.map(displayWidth));
}

/** Turns of the event loop, enough for input, effects and one drawing; counted, as a busy machine makes time meaningless. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) {
    await sleep(2);
    await setImmediate();
  }
}
