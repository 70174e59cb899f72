/** One document's file: reading it whole, and telling whether it changed. */
import {closeSync, constants, lstatSync, openSync, readFileSync} from 'node:fs';
import {CosmosError, isErrno} from '../errors.ts';
import type {DocumentKind} from './kinds.ts';

/** @returns the error of every reader for a document whose file is not there */
export function missingDocument(kind: DocumentKind, id: string, path: string): CosmosError {
  return new CosmosError('document.missing', `The file ${path} is gone.`, {
    hint: 'If it was deleted, "cosmos gc undo" brings it back. Else bring it back from a backup, then run "cosmos index rebuild".',
    facts: {kind, id},
  });
}

/** `rs_1f.json` is the document `rs_1f`. */
export function stemOf(file: string): string {
  return file.slice(0, -'.json'.length);
}

/** A pipe in the place of a file is read as empty, and never waited for. */
const READ = constants.O_RDONLY | (process.platform === 'win32' ? 0 : constants.O_NONBLOCK);

/**
 * The bytes of a file, undefined when there is none. Without a promise, for the inside of transactions and because five of them for
 * each file take longer than reading, parsing and validating it. @throws CosmosError document.invalid
 */
export function findBytes(path: string): Uint8Array | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, READ);
    return readFileSync(file);
  } catch (error) {
    explainAbsence(error, path);
    return;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function explainAbsence(error: unknown, path: string): undefined {
  if (isErrno(error, 'ENOENT') && !isLink(path)) return undefined;
  if (!isErrno(error, 'ENOENT', 'ELOOP', 'EACCES', 'EPERM', 'EISDIR', 'EIO', 'EAGAIN')) throw error;
  throw new CosmosError('document.invalid', `Cannot read ${path} (${error.code ?? ''}).`, {
    hint: 'Make the file readable for your user.',
    cause: error,
    facts: {file: path},
  });
}

/** One that leads nowhere is no document that was deleted. */
function isLink(path: string): boolean {
  return lstatSync(path, {throwIfNoEntry: false})?.isSymbolicLink() === true;
}

/** Whether the bytes are equal; two files that are not there are. */
export function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a && b ? Buffer.compare(a, b) === 0 : a === b;
}
