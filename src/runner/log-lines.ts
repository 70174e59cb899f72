/** The log of an ended job, line by line from the store. */
import type {Descriptor} from '../cas/descriptor.ts';
import type {LocalStore} from '../cas/local/local-store.ts';
import {isLostBlob} from '../cas/verified-read.ts';

/** Characters; of a longer line the pieces are lines. */
const LONGEST = 64 * 1024;

/**
 * Without empty ones. Bars are drawn over themselves: each drawing is a line. Ends early in a log that is lost or damaged;
 * verify tells of that.
 */
export async function* logLines(store: LocalStore, log: Descriptor | null): AsyncGenerator<string, void> {
  if (!log) return;
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of store.fetch(log)) {
      const lines = (rest + decoder.decode(chunk, {stream: true})).split(/[\r\n]+/);
      rest = (lines.at(-1) ?? '').length > LONGEST ? '' : (lines.pop() ?? '');
      yield* lines.filter((line) => line !== '');
    }
  } catch (error) {
    if (!isLostBlob(error)) throw error;
  }
  if (rest !== '') yield rest;
}
