/**
 * The one place where words become a command line for a shell that is not ours. POSIX single quotes: the shell of the
 * other side reads every word as it is, and nothing in it can start another command.
 */
import {CosmosError} from '../../../errors.ts';

/** Characters that no shell reads in a way of its own. */
const PLAIN = /^[A-Za-z0-9_@%+:,./-]+$/;

/** @throws CosmosError input.invalid for a word with a NUL, which no program can be given */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ');
}

function quoteWord(word: string): string {
  if (word.includes('\0')) {
    throw new CosmosError(
      'input.invalid',
      `A word of a command has a NUL character: ${JSON.stringify(word)}.`,
      {
        hint: 'Remove it: no program can be given such a word.',
      },
    );
  }
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
