/**
 * Listing and hashing what a job left in outputs/, where it was produced. Only regular files with names that fit a
 * line of SHA256SUMS; everything else is named as refused. Nothing here follows a link.
 */
import type {Dirent} from 'node:fs';
import {lstat, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {isErrno} from '../../../errors.ts';
import type {SumsEntry} from '../../sums.ts';
import {isListableName} from '../../sums.ts';
import {hashFile} from './hash.ts';

export interface HashedOutputs {
  /** Sorted by name. */
  entries: SumsEntry[];
  /** Escaped names of symlinks, special files, unreadable files, folders, and names that no line can hold. */
  refused: string[];
  /** Names of files that changed while they were hashed; each was hashed again. */
  changed: string[];
}

/**
 * A folder that the job removed has no outputs; one that it replaced by something else is refused as `.`.
 * @throws Error of the system when the folder cannot be read.
 */
export async function hashOutputs(folder: string): Promise<HashedOutputs> {
  const hashed: HashedOutputs = {entries: [], refused: [], changed: []};
  const root = await lstat(folder).catch(() => undefined);
  if (root?.isDirectory() !== true) return {...hashed, refused: root === undefined ? [] : ['.']};
  const names = await listFiles(folder, '', hashed.refused);
  for (const name of names) await hashOutput(folder, name, hashed);
  return hashed;
}

async function hashOutput(folder: string, name: string, into: HashedOutputs): Promise<void> {
  const path = join(folder, name);
  try {
    let file = await hashFile(path);
    if (file.isChanged) {
      into.changed.push(name);
      file = await hashFile(path);
    }
    into.entries.push({digest: file.digest, name});
  } catch {
    into.refused.push(escapeName(name));
  }
}

/** Names of regular files below `prefix`, sorted; what cannot be listed goes to `refused`. */
async function listFiles(root: string, prefix: string, refused: string[]): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readFolder(root, prefix, refused)) {
    const name = prefix + (decode(entry.name) ?? '');
    if (decode(entry.name) === undefined || !isListableName(name))
      refused.push(escapeName(prefix, entry.name));
    else if (entry.isDirectory())
      for (const file of await listFiles(root, `${name}/`, refused)) files.push(file);
    else if (entry.isFile()) files.push(name);
    else refused.push(escapeName(name));
  }
  return files;
}

async function readFolder(root: string, prefix: string, refused: string[]): Promise<Dirent<Buffer>[]> {
  try {
    const entries = await readdir(join(root, prefix), {withFileTypes: true, encoding: 'buffer'});
    return entries.sort((a, b) => Buffer.compare(a.name, b.name));
  } catch (error) {
    if (prefix === '' || !isErrno(error)) throw error;
    refused.push(escapeName(prefix));
    return [];
  }
}

/** Undefined for a name that is not UTF-8: as a string it would name another file. */
function decode(name: Buffer): string | undefined {
  const text = name.toString('utf8');
  return Buffer.from(text, 'utf8').equals(name) ? text : undefined;
}

/** As inside a JSON string, with every control character escaped; bytes that are not UTF-8 become `\u00NN`. */
function escapeName(prefix: string, last?: Buffer): string {
  const tail = last === undefined ? '' : (decode(last) ?? last.toString('latin1'));
  const inner = JSON.stringify(prefix + tail).slice(1, -1);
  return inner.replace(/[\u007f-\u009f]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
