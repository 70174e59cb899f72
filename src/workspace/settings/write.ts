/** Writes one setting into a file of a person, checked before and published atomically. */
import {realpath} from 'node:fs/promises';
import {CosmosError, isErrno} from '../../errors.ts';
import {publishText} from '../../platform/publish.ts';
import {setKey, unsetKey, unsetTable} from './edit.ts';
import type {Finding, Problem} from './findings.ts';
import {settingsError, toProblems} from './findings.ts';
import {EVERY_KEY, quote, resolveKey} from './keys.ts';
import type {SettingKey} from './schema.ts';
import {findErrors, getSchema, listKeys} from './schema.ts';
import type {Plain, Table} from './toml/data.ts';
import {formatKey} from './toml/format.ts';
import {parseToml, readText} from './toml/read.ts';
import type {Path} from './toml/scan.ts';
import {parseScalar} from './value.ts';

/** Publishes a text under a path, replacing what is there. */
export type WriteText = (path: string, text: string) => Promise<void>;

/**
 * Sets `key` in `file`, which is made when it does not exist. A text is read by the key's type (`true`, `7`,
 * `["a", "b"]`); other values are taken as they are. Throws config.invalid for an unknown key or a value that the schema
 * does not allow, and writes nothing then. Mistakes that the file already has elsewhere do not matter.
 */
export async function writeSetting(
  file: string,
  key: string,
  value: Plain,
  write: WriteText = publishText,
): Promise<void> {
  const {path, info} = resolveKey(key, listKeys(await getSchema()));
  const meant = typeof value === 'string' ? parseScalar(value, info.type) : value;
  if (meant === undefined) throw wrongText(formatKey(path), info, value);
  await rewrite(file, (text) => setKey(text, path, meant), write);
}

/** Removes `key` from `file`. Throws config.invalid for an unknown key, or one that the file cannot do without. */
export async function removeSetting(
  file: string,
  key: string,
  write: WriteText = publishText,
): Promise<void> {
  const {path} = resolveKey(key, listKeys(await getSchema()));
  await rewrite(file, (text) => unsetKey(text, path), write);
}

/** One table with its keys changed at once; null removes a key. @throws config.invalid as writeSetting, and writes nothing then */
export async function writeTable(
  file: string,
  table: Path,
  changes: Readonly<Record<string, Plain>>,
  write: WriteText = publishText,
): Promise<void> {
  const known = listKeys(await getSchema());
  const edits = Object.entries(changes).map(([name, value]) => {
    const {path, info} = resolveKey(formatKey([...table, name]), known);
    const meant = typeof value === 'string' ? parseScalar(value, info.type) : value;
    if (meant === undefined) throw wrongText(formatKey(path), info, value);
    return (text: string): string => (meant === null ? unsetKey(text, path) : setKey(text, path, meant));
  });
  await rewrite(file, (text) => edits.reduce((edited, edit) => edit(edited), text), write);
}

/** Removes a whole table, such as a target. */
export async function removeTable(file: string, table: Path, write: WriteText = publishText): Promise<void> {
  await rewrite(file, (text) => unsetTable(text, table), write);
}

async function rewrite(file: string, edit: (text: string) => string, write: WriteText): Promise<void> {
  const before = (await readText(file)) ?? '';
  const data = parseToml(before, file);
  const after = edit(before);
  if (after === before) return;
  await refuseNewMistakes(file, data, parseToml(after, file));
  await write(await followLink(file), after);
}

/** A file that was valid stays valid, and one with mistakes gets no further ones. */
async function refuseNewMistakes(file: string, before: Table, after: Table): Promise<void> {
  const known = listKeys(await getSchema());
  const problemsOf = async (data: Table): Promise<Problem[]> =>
    toProblems(await findErrors(data), data, known);
  const old = new Set((await problemsOf(before)).map(({message}) => message));
  const added = (await problemsOf(after)).filter(({message}) => !old.has(message));
  const hint = `Nothing was written to ${file}. ${EVERY_KEY}`;
  const findings: Finding[] = added.map(({path, message}) => ({file, key: formatKey(path), message, hint}));
  if (findings.length > 0) throw settingsError(findings);
}

/** People keep such files as links into a folder of dotfiles; the link stays, its target is replaced. */
async function followLink(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return file;
    throw error;
  }
}

function wrongText(key: string, info: SettingKey, value: Plain): CosmosError {
  const array = info.type === 'array' && typeof value === 'string' ? asArray(value) : '';
  const wanted = {
    string: 'a string',
    boolean: 'true or false',
    number: 'a number',
    integer: 'a whole number',
    array: `an array such as ${array}`,
  }[info.type];
  const quoting = array === '' ? '' : ` In a shell, put single quotes around it: '${array}'`;
  return new CosmosError('config.invalid', `${quote(key)} must be ${wanted}, not ${JSON.stringify(value)}`, {
    hint: `Nothing was written. ${info.description}${quoting}`,
    facts: {key},
  });
}

/** What was probably meant: most shells take the quotation marks of `["a", "b"]` away. */
function asArray(text: string): string {
  const words = text.replaceAll(/^\s*\[|\]\s*$/g, '').split(',');
  return `[${words.map((word) => JSON.stringify(word.replaceAll(/["']/g, '').trim())).join(', ')}]`;
}
