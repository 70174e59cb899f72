import {lstat} from 'node:fs/promises';
import {fileChunks, fileSource} from '../../platform/chunks.ts';
import type {Copy} from './replica.ts';

/** Whether a regular file of the size (-1 for any) stands there. What cannot be looked at does not. */
export async function isFileOf(path: string, size: number): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() === true && (size < 0 || found.size === size);
}

export function fileCopy(path: string): Copy {
  return {
    where: path,
    read: () => fileSource(path),
    readFrom: (start) => fileChunks(path, {start, isLending: true}),
  };
}
