/** A filesystem of a few megabytes that can be filled, grown and made read-only. Needs Linux, root and `mount`. */
import {execFileSync} from 'node:child_process';
import {temporaryFolder} from './temporary.ts';

export interface SmallDisk {
  folder: string;
  remount: (options: string) => void;
  unmount: () => void;
}

/** Undefined where nothing can be mounted. */
export async function makeSmallDisk(sizeMegabytes: number): Promise<SmallDisk | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const folder = await temporaryFolder('disk');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMegabytes}m`, 'tmpfs', folder], {
      stdio: 'ignore',
    });
  } catch {
    return undefined;
  }
  return {
    folder,
    remount: (options) => void execFileSync('mount', ['-o', `remount,${options}`, folder], {stdio: 'ignore'}),
    unmount: () => void execFileSync('umount', [folder], {stdio: 'ignore'}),
  };
}
