/** How much room there is, whether copies can share it, and whether files can be guarded against a slip of the hand. */
import {chmod, open, readFile, stat, statfs, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {isErrno} from '../../errors.ts';
import {cloneFile} from '../clone.ts';
import type {Observation} from './finding.ts';

/** A run brings home some hundred megabytes; below this the next ones may not. */
const LITTLE_BYTES = 2e9;
const FEW_FILES = 1000;

export async function freeSpaceProbe(folder: string): Promise<Observation> {
  const {bavail, bsize, files, ffree} = await statfs(folder);
  const freeBytes = bavail * bsize;
  const gigabytes = (freeBytes / 1e9).toFixed(1);
  // Filesystems that make room for names as they need it say 0 of 0.
  const freeFiles = files > 0 ? ffree : null;
  const facts = {freeBytes, freeFiles};
  if (freeFiles !== null && freeFiles < FEW_FILES)
    return {answer: 'no', found: `There is room for ${freeFiles} more files only.`, facts};
  return {answer: freeBytes < LITTLE_BYTES ? 'no' : 'yes', found: `${gigabytes} GB are free.`, facts};
}

export async function cloneProbe(folder: string): Promise<Observation> {
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  // One block of every common filesystem: less may lie within the entry of the name, where nothing is to be shared.
  await writeFile(from, Buffer.alloc(64 << 10, 1));
  if (!(await cloneFile(from, to))) return {answer: 'no', found: 'Copies of a file cannot share its space.'};
  await writeFile(to, 'changed');
  const isKept = (await readFile(from)).length === 64 << 10;
  return isKept
    ? {answer: 'yes', found: 'Copies of a file share its space until one of them is changed.'}
    : {answer: 'no', found: 'A change of a copy changed the file that it was made of.'};
}

/** Root may write everywhere, so the mode is looked at, not tried. */
export async function readOnlyFilesProbe(folder: string): Promise<Observation> {
  const path = join(folder, 'file');
  await (await open(path, 'wx', 0o444)).close();
  await chmod(path, 0o444).catch((error: unknown) => {
    if (!isErrno(error, 'EPERM', 'ENOTSUP', 'ENOSYS')) throw error;
  });
  const isGuarded = ((await stat(path)).mode & 0o222) === 0;
  return isGuarded
    ? {answer: 'yes', found: 'A file can be made read-only.'}
    : {answer: 'no', found: 'A file cannot be made read-only.'};
}
