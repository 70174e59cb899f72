/** Small file systems for tests of full and read-only disks. Mounting needs root; elsewhere the test is skipped. */
import {execFileSync} from 'node:child_process';
import {temporaryFolder} from './temporary.ts';

export interface Disk {
  folder: string;
  makeReadOnly: () => void;
  makeWritable: () => void;
  unmount: () => void;
}

/** A disk in memory; undefined where this user may not mount one. */
export async function mountSmallDisk(size: string): Promise<Disk | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const folder = await temporaryFolder('disk');
  const mount = (...args: string[]): void => {
    execFileSync('mount', args, {stdio: 'ignore'});
  };
  try {
    mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder);
  } catch {
    return undefined;
  }
  return {
    folder,
    makeReadOnly: () => mount('-o', 'remount,ro', folder),
    makeWritable: () => mount('-o', 'remount,rw', folder),
    unmount: () => execFileSync('umount', ['-l', folder]),
  };
}
