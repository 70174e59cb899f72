/** Targets as tables of a settings file: added, changed and removed with every other byte left alone. */
import {dirname} from 'node:path';
import {CosmosError} from '../errors.ts';
import {ensureFolder, publishText} from '../platform/publish.ts';
import type {LoadedSettings} from './settings/types.ts';
import {removeTable, writeTable} from './settings/write.ts';

/** `[USER@]HOST[:PORT]`, with an IPv6 address in brackets when a port follows. @throws CosmosError usage.invalid */
export function parseAddress(text: string): Record<string, string> {
  const [, user, bracketed, plain, port] =
    /^(?:([^@\s]+)@)?(?:\[([0-9a-fA-F:.]+)\]|([^@\s:[\]]+|[0-9a-fA-F]*:[0-9a-fA-F:.]*))(?::(\d+))?$/.exec(
      text,
    ) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || host.startsWith('-')) {
    throw new CosmosError('usage.invalid', `"${text}" is not an address.`, {
      hint: 'Write it as USER@HOST, HOST, USER@HOST:PORT, or [IPV6]:PORT.',
    });
  }
  return {host, ...(user !== undefined && {user}), ...(port !== undefined && {port})};
}

/** `key=value` pairs; an empty value takes the key away. @throws CosmosError usage.invalid */
export function parsePairs(words: readonly string[]): Record<string, string | null> {
  const pairs = words.map((word): [string, string | null] => {
    const at = word.indexOf('=');
    if (at > 0) return [word.slice(0, at), word.slice(at + 1) || null];
    throw badPair(`"${word}" has no KEY=VALUE form.`);
  });
  return uniquePairs(pairs);
}

/** An address and `key=value` pairs that go with it. Nothing can be taken away yet. @throws CosmosError usage.invalid */
export function parseNewTarget(address: string, words: readonly string[]): Record<string, string> {
  const pairs = Object.entries(parsePairs(words)).map(([key, value]): [string, string] => {
    if (value !== null) return [key, value];
    throw badPair(`"${key}=" has no value.`);
  });
  return uniquePairs([...Object.entries(parseAddress(address)), ...pairs]);
}

/** Which of two values was meant cannot be known. */
function uniquePairs<T>(pairs: readonly (readonly [string, T])[]): Record<string, T> {
  const keys = pairs.map(([key]) => key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw badPair(`"${twice}" is given twice.`);
  return Object.fromEntries(pairs);
}

function badPair(message: string): CosmosError {
  return new CosmosError('usage.invalid', message, {
    hint: 'Nothing was written. Name each key once and give it a value, as in: price=2.49',
  });
}

/**
 * @param check of what lies outside of the file, once its text is known to be right; nothing is written when it throws
 * @throws CosmosError config.invalid
 */
export async function writeTarget(
  file: string,
  name: string,
  changes: Readonly<Record<string, string | null>>,
  check: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await writeTable(file, ['targets', name], changes, async (path, text) => {
    await check();
    await ensureFolder(dirname(path));
    await publishText(path, text);
  });
}

export async function removeTarget(file: string, name: string): Promise<void> {
  await removeTable(file, ['targets', name]);
}

/** The file that says what the target is. @throws CosmosError usage.invalid for a target that no file names */
export function fileOfTarget(settings: LoadedSettings, name: string): string {
  const {file} = settings.origin(`targets.${name}`);
  if (file !== undefined) return file;
  throw new CosmosError('usage.invalid', `No settings file names the target "${name}".`, {
    hint: '"cosmos target list" shows those that there are.',
  });
}
