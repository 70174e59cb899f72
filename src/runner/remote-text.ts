/** The programs in remote/, which cosmos sends to targets. */
import {readFile} from 'node:fs/promises';
import {packageFile} from '../root.ts';

/** Those files one after another, with LF endings, whatever the checkout made of them. */
export async function readRemote(...names: readonly string[]): Promise<string> {
  const texts = names.map((name) => readFile(packageFile(`remote/${name}`), 'utf8'));
  return (await Promise.all(texts)).join('').replaceAll('\r\n', '\n');
}
