/** A filesystem in a file, whose plug can be pulled: the file is copied as it is, which is what a disk had been given by then. */
import {execFileSync} from 'node:child_process';
import {mkdir, rename, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {temporaryFolder} from '../support/temporary.ts';

/** Whatever the filesystem writes by itself after some seconds is put off: only syncs count. XFS waits for 30 s. */
const RECIPES = {
  ext4: {make: ['mkfs.ext4', '-q', '-F'], options: 'loop,commit=300'},
  xfs: {make: ['mkfs.xfs', '-q'], options: 'loop'},
  btrfs: {make: ['mkfs.btrfs', '-q'], options: 'loop,commit=300'},
} as const;

export type DiskKind = keyof typeof RECIPES;
export const DISK_KINDS = Object.keys(RECIPES) as DiskKind[];

/** The least that mkfs.xfs makes; nearly nothing of it is written. */
const IMAGE_BYTES = 300 << 20;

export class Disk {
  /** Where it is mounted. */
  readonly folder: string;
  readonly #options: string;
  readonly #place: string;
  #isMounted = false;

  private constructor(place: string, options: string) {
    this.#place = place;
    this.#options = options;
    this.folder = join(place, 'disk');
  }

  /** Mounted and empty; undefined where that cannot be. */
  static async make(kind: DiskKind): Promise<Disk | undefined> {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
    const {make, options} = RECIPES[kind];
    const disk = new Disk(await temporaryFolder(kind), options);
    await mkdir(disk.folder);
    try {
      await writeFile(disk.#image('now'), '');
      await truncate(disk.#image('now'), IMAGE_BYTES);
      const [program, ...words] = make;
      execFileSync(program, [...words, disk.#image('now')], {stdio: 'ignore'});
      disk.#mount();
      return disk;
    } catch {
      return undefined;
    }
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

  /** What the disk has been given by now is all that there is. */
  async cutPower(): Promise<void> {
    this.#copy('now', 'cut');
    this.unmount();
    await rename(this.#image('cut'), this.#image('now'));
    this.#mount();
  }

  unmount(): void {
    if (this.#isMounted) execFileSync('umount', [this.folder], {stdio: 'ignore'});
    this.#isMounted = false;
  }

  #mount(): void {
    execFileSync('mount', ['-o', this.#options, this.#image('now'), this.folder], {stdio: 'ignore'});
    this.#isMounted = true;
  }

  #copy(from: string, to: string): void {
    execFileSync('cp', ['--sparse=always', '--reflink=never', this.#image(from), this.#image(to)]);
  }

  #image(name: string): string {
    return join(this.#place, `${name}.img`);
  }
}
