/**
 * Reads a TOML file into plain data, with the line of every key at hand. A file that does not exist is absent, never an
 * error; one that cannot be read or parsed is config.invalid with its name and line.
 */
import {readFile} from 'node:fs/promises';
import {parse, TomlError} from 'smol-toml';
import {CosmosError, isErrno} from '../../../errors.ts';
import type {Plain, Table} from './data.ts';
import {makeTable} from './data.ts';
import {lineOf} from './locate.ts';
import type {Part, Path} from './scan.ts';
import {scanToml} from './scan.ts';

export interface TomlFile {
  file: string;
  text: string;
  data: Table;
  /** The line (from 1) of a key, or of what would hold it. */
  lineOf(path: Path): number;
}

/** The parsed file; undefined when there is none. Throws config.invalid. */
export async function readTomlFile(file: string): Promise<TomlFile | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  const data = parseToml(text, file);
  let parts: Part[] | undefined;
  return {file, text, data, lineOf: (path) => lineOf(text, (parts ??= scanToml(text)), path)};
}

/** The text of a file, byte order mark included; undefined when there is none. Throws config.invalid. */
export async function readText(file: string): Promise<string | undefined> {
  try {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(await readFile(file));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    const cause = isErrno(error, 'ERR_ENCODING_INVALID_ENCODED_DATA')
      ? 'it is not UTF-8 text'
      : String(error);
    const reason = `cannot be read: ${cause}`;
    throw new CosmosError('config.invalid', `${file}: ${reason}`, {cause: error, facts: {file, reason}});
  }
}

/** The data of a TOML text: tables without prototype. Throws config.invalid that names `file` and the line. */
export function parseToml(text: string, file: string): Table {
  try {
    return toPlain(parse(text)) as Table;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [detail = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n', 1);
    const reason = `not valid TOML: ${detail}`;
    throw new CosmosError('config.invalid', `${file} line ${error.line}: ${reason}`, {
      hint: `Correct this line:\n${error.codeblock.trimEnd()}`,
      cause: error,
      facts: {file, line: error.line, reason},
    });
  }
}

function toPlain(value: unknown): Plain {
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Date) return null;
  if (typeof value !== 'object' || value === null) return value as Plain;
  const table = makeTable();
  for (const [name, member] of Object.entries(value)) table[name] = toPlain(member);
  return table;
}
