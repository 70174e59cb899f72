/** Reads the files of test/vectors, whose README says where they come from. */
import {readFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';

const FOLDER = fileURLToPath(new URL('../vectors/', import.meta.url));

export function readVector(name: string): Promise<string> {
  return readFile(`${FOLDER}${name}`, 'utf8');
}

/** The records of a response file of CAVS, `name = value` lines between empty ones. */
export async function readResponses(name: string): Promise<Record<string, string>[]> {
  const blocks = (await readVector(name)).replaceAll('\r', '').split(/\n\n+/);
  return blocks.map((block) => Object.fromEntries(block.split('\n').flatMap(fieldOf)));
}

function fieldOf(line: string): [string, string][] {
  const [, name, value] = /^(\w+) = (\w*)\s*$/.exec(line) ?? [];
  return name === undefined || value === undefined ? [] : [[name, value]];
}
