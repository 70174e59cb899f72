/**
 * Draws pictures of videos as a program of its own: a path in JSON on each line of stdin; on stdout, in the same order, what
 * was drawn in base64, or the error. Ends with its stdin.
 */
import {constants, setPriority} from 'node:os';
import {createInterface} from 'node:readline';
import {CosmosError} from '../../errors.ts';
import type {Answer} from './draw-apart.ts';
import {drawPictures} from './draw.ts';

async function answer(path: string): Promise<Answer> {
  try {
    const {poster, strip} = await drawPictures(path);
    return {poster: Buffer.from(poster).toString('base64'), strip: Buffer.from(strip).toString('base64')};
  } catch (error) {
    const code = error instanceof CosmosError ? error.code : undefined;
    return {...(code && {code}), problem: error instanceof Error ? error.message : String(error)};
  }
}

// Nobody waits for pictures; what is beside them goes first.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
for await (const line of createInterface({input: process.stdin}))
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as string))}\n`);
