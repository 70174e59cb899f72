/** Asks for something that must not be seen on the terminal. */
import {createInterface} from 'node:readline/promises';
import {Writable} from 'node:stream';
import {CosmosError} from '../errors.ts';

/** Needs a terminal on stdin and stderr. */
export async function askHidden(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({write: (_chunk, _encoding, done) => done()});
  const terminal = createInterface({input: process.stdin, output: silent, terminal: true});
  const leaving = new AbortController();
  terminal.on('SIGINT', () => leaving.abort());
  try {
    return await terminal.question('', {signal: leaving.signal});
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
    throw new CosmosError('target.refused', 'No passphrase was given.', {
      hint: 'Give the command again, or put the key into your agent once: ssh-add PATH',
      cause: error,
    });
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
