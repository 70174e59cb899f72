/** A text of the command line, of a file, or of stdin. */
import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import {readAll} from '../cas/verified-read.ts';
import {CosmosError, isErrno} from '../errors.ts';
import {workingFolder} from '../platform/working-folder.ts';

/** @throws CosmosError usage.invalid when there is none or more than one, file.unreadable */
export async function readGivenText({
  text,
  file,
}: {
  text: string | undefined;
  file: string | undefined;
}): Promise<string> {
  if ((text === undefined) === (file === undefined))
    throw new CosmosError('usage.invalid', 'Give the text, or --file, and not both.', {
      hint: 'Write it like: cosmos prompt create "snow, early morning"',
    });
  if (text === '-') return (await readAll(process.stdin)).toString('utf8');
  return text ?? readTextFile(resolve(workingFolder(), file ?? ''));
}

async function readTextFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw new CosmosError('file.unreadable', `Cannot read ${path} (${error.code ?? ''}).`, {
      hint: 'Give a text file that is there and that your user may read.',
      cause: error,
      facts: {path},
    });
  }
}
