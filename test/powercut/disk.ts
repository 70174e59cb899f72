/** A filesystem in a file, whose plug can be pulled: the file is copied as it is, which is what a disk had been given by then. */
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdir, rename, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {temporaryFolder} from '../support/temporary.ts';

/** Whatever the filesystem writes by itself after some seconds is put off: only syncs count. XFS waits for 30 s. */
const RECIPES = {
  ext4: {make: ['mkfs.ext4', '-q', '-F'], options: 'loop,commit=300', bytes: 64 << 20},
  xfs: {make: ['mkfs.xfs', '-q'], options: 'loop', bytes: 300 << 20},
  btrfs: {make: ['mkfs.btrfs', '-q'], options: 'loop,commit=300', bytes: 128 << 20},
} as const;

export type DiskKind = keyof typeof RECIPES;
export const DISK_KINDS = Object.keys(RECIPES) as DiskKind[];

/** Disks that are mounted: none outlives this process, however it ends. */
const mounted = new Set<Disk>();
function dropAll(): void {
  for (const disk of mounted) disk.drop();
}
// Before the folders are removed in which disks are mounted.
process.prependOnceListener('exit', dropAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    dropAll();
    process.kill(process.pid, signal);
  });

/** Why no such disk can be made on this machine; undefined where it can. */
export function reasonAgainst(kind: DiskKind): string | undefined {
  if (process.platform !== 'linux') return 'only Linux mounts it';
  if (process.getuid?.() !== 0) return 'only root may mount it';
  const [program] = RECIPES[kind].make;
  if (spawnSync(program, ['-V'], {stdio: 'ignore'}).error) return `${program} is missing`;
  const free = spawnSync('losetup', ['--find'], {stdio: 'ignore'});
  return free.status === 0 ? undefined : 'there is no loop device';
}

export class Disk {
  /** Where it is mounted. */
  readonly folder: string;
  readonly #options: string;
  readonly #place: string;

  private constructor(place: string, options: string) {
    this.#place = place;
    this.#options = options;
    this.folder = join(place, 'disk');
  }

  /** Mounted and empty, where there is no reason against it. */
  static async make(kind: DiskKind): Promise<Disk> {
    const {make, options, bytes} = RECIPES[kind];
    const disk = new Disk(await temporaryFolder(kind), options);
    await mkdir(disk.folder);
    await writeFile(disk.#image('now'), '');
    await truncate(disk.#image('now'), bytes);
    const [program, ...words] = make;
    run(program, ...words, disk.#image('now'));
    disk.#mount();
    return disk;
  }

  /** Unmounted in good order, and kept for `restore`. */
  keep(): void {
    this.unmount();
    this.#copy('now', 'kept');
  }

  /** As it was kept, mounted. */
  restore(): void {
    this.unmount();
    this.#copy('kept', 'now');
    this.#mount();
  }

  /** What the disk has been given by now is all that there is. @throws when the filesystem cannot be mounted any more */
  async cutPower(): Promise<void> {
    this.#copy('now', 'cut');
    this.unmount();
    await rename(this.#image('cut'), this.#image('now'));
    this.#mount();
  }

  unmount(): void {
    if (!mounted.has(this)) return;
    run('umount', this.folder);
    mounted.delete(this);
  }

  /** Away at once, whoever uses it, and without a complaint: on the way out of a process. */
  drop(): void {
    if (mounted.delete(this)) spawnSync('umount', ['--lazy', this.folder], {stdio: 'ignore'});
  }

  #mount(): void {
    run('mount', '-o', this.#options, this.#image('now'), this.folder);
    mounted.add(this);
  }

  #copy(from: string, to: string): void {
    run('cp', '--sparse=always', '--reflink=never', this.#image(from), this.#image(to));
  }

  #image(name: string): string {
    return join(this.#place, `${name}.img`);
  }
}

function run(program: string, ...words: readonly string[]): void {
  execFileSync(program, words, {stdio: ['ignore', 'ignore', 'pipe']});
}
