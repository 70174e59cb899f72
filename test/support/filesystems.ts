/** Real filesystems in a file, and one of another computer. Needs Linux, root, loop devices and the programs that make them. */
import {execFileSync} from 'node:child_process';
import {mkdir, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {hasSshd, startSshd} from './sshd.ts';
import {temporaryFolder} from './temporary.ts';

export type FilesystemName = 'tmpfs' | 'ext4' | 'xfs' | 'btrfs' | 'exfat';

export interface Mounted {
  folder: string;
  unmount: () => void;
}

interface Recipe {
  make?: readonly [program: string, ...words: string[]];
  mount: readonly string[];
}

/** exFAT has neither hard links nor modes, and folds case; the kernel need not know it, FUSE does. */
const RECIPES: Record<FilesystemName, Recipe> = {
  tmpfs: {mount: ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs']},
  ext4: {make: ['mkfs.ext4', '-q', '-F'], mount: ['-o', 'loop']},
  xfs: {make: ['mkfs.xfs', '-q'], mount: ['-o', 'loop']},
  btrfs: {make: ['mkfs.btrfs', '-q'], mount: ['-o', 'loop']},
  exfat: {make: ['mkfs.exfat'], mount: ['-t', 'exfat-fuse', '-o', 'loop']},
};

/** The least that mkfs.xfs makes; nothing of it is written. */
const IMAGE_BYTES = 300 << 20;

/** Undefined where it cannot be made or mounted. */
export async function mountFilesystem(name: FilesystemName): Promise<Mounted | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const {make, mount} = RECIPES[name];
  const place = await temporaryFolder(name);
  const [image, folder] = [join(place, 'image'), join(place, 'disk')];
  await mkdir(folder);
  try {
    if (make) {
      await writeFile(image, '');
      await truncate(image, IMAGE_BYTES);
      execFileSync(make[0], [...make.slice(1), image], {stdio: 'ignore'});
    }
    execFileSync('mount', [...mount, ...(make ? [image] : []), folder], {stdio: 'ignore'});
  } catch {
    return undefined;
  }
  return {folder, unmount: () => void execFileSync('umount', ['-l', folder], {stdio: 'ignore'})};
}

export interface NetworkFolder extends Omit<Mounted, 'unmount'> {
  /** The same folder on the other side. */
  far: string;
  unmount: () => Promise<void>;
}

/** A folder of an SSH server, mounted by sshfs; undefined where that cannot be. */
export async function mountNetwork(): Promise<NetworkFolder | undefined> {
  if (!hasSshd() || process.getuid?.() !== 0) return undefined;
  const place = await temporaryFolder('network');
  const [folder, far] = [join(place, 'near'), join(place, 'far')];
  await mkdir(folder);
  await mkdir(far);
  const server = await startSshd();
  const options = `IdentityFile=${server.userKey},UserKnownHostsFile=${server.knownHostsFile},BatchMode=yes`;
  const source = `${server.user}@${server.address}:${far}`;
  try {
    execFileSync('sshfs', ['-p', String(server.port), '-o', options, source, folder], {stdio: 'ignore'});
  } catch {
    await server.stop();
    return undefined;
  }
  return {
    folder,
    far,
    unmount: async () => {
      execFileSync('umount', ['-l', folder], {stdio: 'ignore'});
      await server.stop();
    },
  };
}
