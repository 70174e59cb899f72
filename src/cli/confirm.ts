/** A question that cannot be answered by accident. */
import {createInterface} from 'node:readline/promises';
import {CosmosError} from '../errors.ts';

/** Resolves when the person typed the word. @throws CosmosError usage.invalid without a terminal, or for any other answer */
export async function confirmByTyping(
  question: string,
  word: string,
  hint = 'Say --yes if you mean it.',
): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CosmosError('usage.invalid', `${question} There is no terminal to ask on.`, {
      hint,
    });
  }
  const terminal = createInterface({input: process.stdin, output: process.stderr});
  try {
    const answer = await terminal.question(`${question} Type "${word}" to go on: `);
    const said = answer.trim().toLowerCase();
    if (said === word || (word === 'yes' && said === 'y')) return;
  } finally {
    terminal.close();
  }
  throw new CosmosError('usage.invalid', 'Nothing was done.', {hint: `The answer was not "${word}".`});
}
