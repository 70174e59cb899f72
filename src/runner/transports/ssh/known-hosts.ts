/**
 * known_hosts as OpenSSH reads it (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): plain and hashed names, [host]:port,
 * wildcards, negation, markers. A file that is there and cannot be read is an error, never an empty file.
 */
import {createHmac} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {CosmosError, isErrno} from '../../../errors.ts';
import {typeOf} from './host-key.ts';

const SSH_PORT = 22;

export interface KnownKey {
  marker: 'plain' | 'revoked' | 'authority';
  type: string;
  key: Buffer;
  file: string;
  /** Counted from 1. */
  line: number;
}

/** The name that a key is filed under: bare for port 22, else `[host]:port`. */
export function knownHostName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === SSH_PORT ? name : `[${name}]:${port}`;
}

/**
 * Every line that speaks of this name, in order of the files.
 * @throws CosmosError file.unreadable when a file is there and cannot be read
 */
export async function findHostKeys(files: readonly string[], name: string): Promise<KnownKey[]> {
  const found: KnownKey[] = [];
  for (const file of files) {
    const lines = (await readKnownHosts(file)).split('\n');
    for (const [index, text] of lines.entries()) {
      const line = parseLine(text);
      if (line !== undefined && isNamed(line.names, name)) {
        found.push({marker: line.marker, type: line.type, key: line.key, file, line: index + 1});
      }
    }
  }
  return found;
}

/** Empty when there is no such file. @throws CosmosError file.unreadable */
export async function readKnownHosts(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return '';
    throw unreadable(file, error);
  }
}

function unreadable(file: string, cause: unknown): CosmosError {
  return new CosmosError('file.unreadable', `Cannot read the known host keys in ${file}.`, {
    hint: 'Make the file readable: without it nobody can tell whether the host is the right one.',
    cause,
    facts: {path: file},
  });
}

interface Line {
  marker: KnownKey['marker'];
  names: string;
  type: string;
  key: Buffer;
}

const MARKERS: Record<string, KnownKey['marker']> = {'@revoked': 'revoked', '@cert-authority': 'authority'};

/** Lines that are no keys are passed over, as ssh does. */
function parseLine(text: string): Line | undefined {
  const words = text.trim().split(/[ \t]+/);
  if (words[0]?.startsWith('#') === true) return undefined;
  const mark = words[0]?.startsWith('@') === true ? words.shift() : undefined;
  const marker = mark === undefined ? 'plain' : MARKERS[mark];
  const [names, type, base64] = words;
  if (marker === undefined || names === undefined || type === undefined || base64 === undefined)
    return undefined;
  const key = Buffer.from(base64, 'base64');
  return typeOf(key) === type ? {marker, names, type, key} : undefined;
}

/** A negated pattern that matches decides, wherever it stands in the list. */
function isNamed(names: string, name: string): boolean {
  if (names.startsWith('|')) return isHashOf(names, name);
  const patterns = names.toLowerCase().split(',');
  if (patterns.some((pattern) => pattern.startsWith('!') && isMatch(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => isMatch(pattern, name));
}

/** `|1|SALT|HASH`: HMAC-SHA1 of the name with the salt. */
function isHashOf(names: string, name: string): boolean {
  const [, version, salt = '', hash = ''] = names.split('|');
  if (version !== '1') return false;
  return (
    createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash && hash !== ''
  );
}

/** `*` stands for any characters, `?` for one; all others, brackets too, for themselves. */
function isMatch(pattern: string, name: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === name;
  const source = pattern
    .replaceAll(/\*+/g, '*')
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(name);
}
