/**
 * A look at LMDB's data file before LMDB sees it: given a file that is no LMDB file, or one that was cut short, it does
 * not fail, it takes the process down. Layout of a meta page: LMDB's mdb.c, as of lmdb 3 (data format 2).
 */
import {closeSync, fstatSync, openSync, readSync, statSync, truncateSync} from 'node:fs';
import {join} from 'node:path';
import {isErrno} from '../../errors.ts';
import {arePagesSound} from './data-pages.ts';

const MAGIC = 0xbeefc0de;
const FORMAT = 2;
const META_BYTES = 176;

interface Meta {
  pageBytes: number;
  lastPage: number;
  transaction: number;
  /** Of what is free, and of the table of tables. */
  roots: readonly bigint[];
}

/** Device and inode of the data file; 'none' when there is none. */
export function dataFileId(folder: string): string {
  const stats = statSync(join(folder, 'data.mdb'), {bigint: true, throwIfNoEntry: false});
  return stats ? `${stats.dev}:${stats.ino}` : 'none';
}

/** Looks while somebody writes: what is read twice in one transaction is no accident. */
const LOOKS = 10;

/** Whether LMDB can open the file: both meta pages are there, and the pages in use. */
export function isDataFileWhole(folder: string): boolean {
  return (
    withFile(folder, (file) => {
      for (let look = 0; look < LOOKS; look += 1) {
        const meta = newestMeta(file);
        if (!meta) return false;
        if (areItsPagesSound(file, meta)) return true;
        if (newestMeta(file)?.transaction === meta.transaction) return false;
      }
      // Others commit all the time: for them it is whole.
      return true;
    }) ?? false
  );
}

/** Whether the file is as long as its last page says: cheaper than a look at pages, for after every transaction. */
export function isDataFileLong(folder: string): boolean {
  return wantedLength(folder) === undefined;
}

/**
 * LMDB leaves the last pages of a transaction unwritten if it freed them again, and the file then looks cut short. Call
 * inside a transaction: whoever else makes the file grow waits meanwhile.
 */
export function lengthenDataFile(folder: string): void {
  const length = wantedLength(folder);
  if (length !== undefined) truncateSync(join(folder, 'data.mdb'), length);
}

/** @returns bytes that the file should have and has not; undefined when it has, is not there, or is no LMDB file */
function wantedLength(folder: string): number | undefined {
  return withFile(folder, (file) => {
    const meta = newestMeta(file);
    const length = meta && (meta.lastPage + 1) * meta.pageBytes;
    return length !== undefined && fstatSync(file).size < length ? length : undefined;
  });
}

/** Undefined for a file that is not there, or cannot be read. */
function withFile<T>(folder: string, work: (file: number) => T): T | undefined {
  let file: number | undefined;
  try {
    file = openSync(join(folder, 'data.mdb'), 'r');
    return work(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EIO')) return undefined;
    throw error;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** A file that is shorter than its last page says was cut, or that page is in nobody's use: every page has to be asked. */
function areItsPagesSound(file: number, {pageBytes, lastPage, roots}: Meta): boolean {
  const pages = Math.floor(fstatSync(file).size / pageBytes);
  return arePagesSound({file, pageBytes, pages}, roots, pages <= lastPage);
}

function newestMeta(file: number): Meta | undefined {
  const first = readMeta(file, 0);
  const second = first && readMeta(file, first.pageBytes);
  if (!first || !second) return undefined;
  return first.transaction > second.transaction ? first : second;
}

/** Two meta pages begin the file, 24 bytes into each page; they are written in turn. */
function readMeta(file: number, position: number): Meta | undefined {
  const page = Buffer.alloc(META_BYTES);
  if (readSync(file, page, 0, META_BYTES, position) < META_BYTES) return undefined;
  if (page.readUInt32LE(24) !== MAGIC || page.readUInt32LE(28) !== FORMAT) return undefined;
  const pageBytes = page.readUInt32LE(48);
  if (pageBytes < 256 || pageBytes > 65_536) return undefined;
  return {
    pageBytes,
    lastPage: Number(page.readBigUInt64LE(144)),
    transaction: Number(page.readBigUInt64LE(152)),
    roots: [page.readBigUInt64LE(88), page.readBigUInt64LE(136)],
  };
}
