/**
 * The config where there is no ssh to ask: the user's file, then the system's; the first word for a keyword wins.
 * `Include` is followed; `Match exec` never matches, as nothing is run.
 */
import {readdir, readFile} from 'node:fs/promises';
import {basename, dirname, isAbsolute, join} from 'node:path';
import {CosmosError, isErrno} from '../../../errors.ts';
import type {ConfigSource, ConfigWords} from './config-source.ts';
import type {Hop} from './hop.ts';

const SYSTEM_CONFIG = '/etc/ssh/ssh_config';
/** As in ssh. */
const MAX_DEPTH = 16;

/** @throws CosmosError config.invalid, file.unreadable */
export async function readConfigFiles(hop: Hop, source: ConfigSource): Promise<ConfigWords> {
  const {default: SshConfig} = await import('ssh-config');
  const files =
    source.configFile === undefined
      ? [join(source.home, '.ssh', 'config'), SYSTEM_CONFIG]
      : [source.configFile];
  const words = new Map<string, string[]>();
  for (const file of files) {
    const text = await readWhole(file, {home: source.home, depth: 0});
    const found = SshConfig.parse(text).compute(
      {Host: hop.host, ...(hop.user !== undefined && {User: hop.user})},
      {ignoreCase: true, matchExec: false},
    );
    for (const [name, value] of Object.entries(found)) {
      const values = [value].flat();
      if (name === 'identityfile') words.set(name, [...(words.get(name) ?? []), ...values]);
      else if (!words.has(name)) words.set(name, values);
    }
  }
  return words;
}

interface Place {
  home: string;
  depth: number;
}

/** The text with what it includes in place; the section that an Include stands in goes on behind it. */
async function readWhole(file: string, {home, depth}: Place): Promise<string> {
  if (depth > MAX_DEPTH) {
    throw new CosmosError('config.invalid', `${file} is included by itself.`, {
      hint: 'Remove the Include that leads back.',
    });
  }
  const lines: string[] = [];
  let section = 'Host *';
  for (const line of (await readIfThere(file)).split(/\r?\n/)) {
    if (/^\s*(Host|Match)[\s=]/i.test(line)) section = line;
    const patterns = /^\s*Include[\s=]+(.*)$/i.exec(line)?.[1];
    if (patterns === undefined) {
      lines.push(line);
      continue;
    }
    for (const included of await listIncluded(patterns, file, home))
      lines.push(await readWhole(included, {home, depth: depth + 1}));
    lines.push(section);
  }
  return lines.join('\n');
}

/** Relative names are below ~/.ssh, or beside the system's file; wildcards are allowed in the last part of a name. */
async function listIncluded(patterns: string, from: string, home: string): Promise<string[]> {
  const found: string[] = [];
  for (const word of patterns.match(/"[^"]*"|[^\s"]+/g) ?? []) {
    const pattern = word.replaceAll('"', '').replace(/^~(?=[/\\])/, home);
    const base = from.startsWith(dirname(SYSTEM_CONFIG)) ? dirname(SYSTEM_CONFIG) : join(home, '.ssh');
    const path = isAbsolute(pattern) ? pattern : join(base, pattern);
    found.push(...(await listMatches(path)));
  }
  return found;
}

async function listMatches(path: string): Promise<string[]> {
  const name = basename(path);
  if (!/[*?]/.test(name)) return [path];
  const source = name
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const names = await readdir(dirname(path)).catch(() => []);
  return names
    .filter((entry) => new RegExp(`^${source}$`).test(entry))
    .sort()
    .map((entry) => join(dirname(path), entry));
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return '';
    throw new CosmosError('file.unreadable', `Cannot read the ssh config ${file}.`, {
      hint: 'Make the file readable, or name the host, the user and the key of the target yourself.',
      cause: error,
      facts: {path: file},
    });
  }
}
