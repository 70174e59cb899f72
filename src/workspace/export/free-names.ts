/**
 * Names below one folder of which no two are one file on any system: without case, and however a system composes its letters.
 * What is taken gets a number; the ending stays.
 */
import {extname} from 'node:path';

export class FreeNames {
  readonly #files: Set<string>;
  readonly #folders = new Set<string>();

  /** @param taken files that are there already */
  constructor(taken: readonly string[]) {
    this.#files = new Set(taken.map(fold));
  }

  /** @param wanted a relative path with slashes */
  take(wanted: string): string {
    const segments = wanted.split('/');
    const last = segments.pop() ?? wanted;
    let folder = '';
    for (const segment of segments) {
      folder = firstFree(folder + segment, (path) => !this.#files.has(path));
      this.#folders.add(fold(folder));
      folder += '/';
    }
    const name = firstFree(folder + last, (path) => !this.#files.has(path) && !this.#folders.has(path));
    this.#files.add(fold(name));
    return name;
  }
}

function firstFree(wanted: string, isFree: (folded: string) => boolean): string {
  const ending = extname(wanted);
  const stem = wanted.slice(0, wanted.length - ending.length);
  let name = wanted;
  for (let count = 2; !isFree(fold(name)); count += 1) name = `${stem}-${count}${ending}`;
  return name;
}

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
