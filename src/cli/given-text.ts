/** A text of the command line, of a file, or of stdin. */
import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import {readAll} from '../cas/verified-read.ts';
import {CosmosError} from '../errors.ts';
import {readGivenFile} from '../platform/given-file.ts';
import {workingFolder} from '../platform/working-folder.ts';

const HINT = 'Give a text file that is there and that your user may read.';

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
  if (text !== undefined) return text;
  const path = resolve(workingFolder(), file ?? '');
  return readGivenFile(path, HINT, () => readFile(path, 'utf8'));
}
