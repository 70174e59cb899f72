/**
 * A look at LMDB's data file before LMDB sees it: given a file that is no LMDB file, or one that was cut short, it does
 * not fail, it takes the process down. Layout of a meta page: LMDB's mdb.c, as of lmdb 3 (data format 2).
 */
import {closeSync, openSync, readSync, statSync, truncateSync} from 'node:fs';
import {join} from 'node:path';
import {isErrno} from '../../errors.ts';

const MAGIC = 0xbeefc0de;
const FORMAT = 2;
const META_BYTES = 176;

interface Meta {
  pageBytes: number;
  lastPage: number;
  transaction: number;
}

/** Device and inode of the data file; 'none' when there is none. */
export function dataFileId(folder: string): string {
  const stats = statSync(join(folder, 'data.mdb'), {bigint: true, throwIfNoEntry: false});
  return stats ? `${stats.dev}:${stats.ino}` : 'none';
}

/** Whether LMDB can open the file: both meta pages are there, and the pages that the newer one speaks of. */
export function isDataFileWhole(folder: string): boolean {
  const whole = wholeSize(folder);
  return whole !== undefined && statSync(join(folder, 'data.mdb')).size >= whole;
}

/**
 * LMDB leaves the last pages of a transaction unwritten if it freed them again, and the file then looks cut short. Call
 * inside a transaction: whoever else makes the file grow waits meanwhile.
 */
export function lengthenDataFile(folder: string): void {
  const whole = wholeSize(folder);
  const path = join(folder, 'data.mdb');
  if (whole !== undefined && statSync(path).size < whole) truncateSync(path, whole);
}

/** @returns bytes that the file must have; undefined when it is not there, or no LMDB file */
function wholeSize(folder: string): number | undefined {
  let file: number;
  try {
    file = openSync(join(folder, 'data.mdb'), 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
  try {
    const first = readMeta(file, 0);
    const second = first && readMeta(file, first.pageBytes);
    if (!first || !second) return undefined;
    const {lastPage, pageBytes} = first.transaction > second.transaction ? first : second;
    return (lastPage + 1) * pageBytes;
  } catch (error) {
    if (isErrno(error, 'EISDIR', 'EIO')) return undefined;
    throw error;
  } finally {
    closeSync(file);
  }
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
  };
}
