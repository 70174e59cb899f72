/** Whether the system can be asked to bring bytes, and names, onto the disk. That it then does cannot be tried. */
import {open} from 'node:fs/promises';
import {join} from 'node:path';
import {isErrno} from '../../errors.ts';
import type {Observation} from './finding.ts';

export async function fileSyncProbe(folder: string): Promise<Observation> {
  const handle = await open(join(folder, 'file'), 'wx');
  try {
    await handle.writeFile('bytes');
    await handle.sync();
    await handle.datasync();
    return {answer: 'yes', found: 'A file that was written can be brought onto the disk.'};
  } catch (error) {
    return refused(error, 'A file that was written cannot be brought onto the disk');
  } finally {
    await handle.close();
  }
}

export async function folderSyncProbe(folder: string): Promise<Observation> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    return {answer: 'yes', found: 'A new name can be brought onto the disk.'};
  } catch (error) {
    return refused(error, 'New names cannot be brought onto the disk');
  }
}

/** What a full or broken disk answers says nothing about what it can do. */
function refused(error: unknown, words: string): Observation {
  const code = isErrno(error) ? error.code : undefined;
  if (code === undefined || ['ENOSPC', 'EDQUOT', 'EIO', 'ENOENT'].includes(code)) throw error;
  return {answer: 'no', found: `${words} (${code}).`};
}
