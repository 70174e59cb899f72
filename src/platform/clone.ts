/** Copies that cost nothing where the filesystem can share blocks (reflink): btrfs, xfs, APFS, ReFS. */
import {constants, copyFile} from 'node:fs/promises';
import {isErrno} from '../errors.ts';

/**
 * Clones a file by sharing its blocks; never replaces.
 * @returns false where the filesystem (or the pair of them) cannot; nothing is then left behind.
 */
export async function cloneFile(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOSYS', 'ENOTTY', 'EPERM')) return false;
    throw error;
  }
}
