/**
 * The pages of LMDB's data file, as far as they can be told without LMDB: every page that is in use lies in the file and says
 * its own number. LMDB itself asks nothing of the kind, and a page that is not there takes the process down. Pages in nobody's
 * use may lie behind the end of the file: a transaction that took and gave back its last ones has never written them.
 * Layout: LMDB's mdb.c, as of lmdb 3 (data format 2).
 */
import {readSync} from 'node:fs';

const HEADER_BYTES = 24;
const NODE_BYTES = 8;
const TREE_BYTES = 48;
const [BRANCH, LEAF, OVERFLOW, PLAIN_LEAF] = [0x01, 0x02, 0x04, 0x20];
const [IS_BIG, IS_TREE] = [0x01, 0x02];
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

export interface PagedFile {
  file: number;
  pageBytes: number;
  /** Whole pages in the file. */
  pages: number;
}

/** Thrown where a page is not what it should be. */
class Unsound extends Error {}

/**
 * @param roots of the trees: what is free, and the table of tables, 8 bytes each
 * @param isDeep every page in use; else the first of each table
 */
export function arePagesSound(paged: PagedFile, roots: readonly bigint[], isDeep: boolean): boolean {
  try {
    const [free = NO_PAGE, tables = NO_PAGE] = roots;
    visit(paged, free, {isDeep, onLeaf: () => undefined});
    visit(paged, tables, {
      isDeep: true,
      onLeaf: (page) => {
        for (const root of treesIn(page)) visit(paged, root, {isDeep, onLeaf: () => undefined});
      },
    });
    return true;
  } catch (error) {
    if (error instanceof Unsound || error instanceof RangeError) return false;
    throw error;
  }
}

interface Visit {
  isDeep: boolean;
  onLeaf: (page: Buffer) => void;
}

/** @throws Unsound */
function visit(paged: PagedFile, root: bigint, how: Visit, depth = 0): void {
  if (root === NO_PAGE) return;
  // A tree of LMDB is never deeper than 32; a circle would be.
  if (depth > 32) throw new Unsound();
  const page = readPage(paged, root);
  const flags = page.readUInt16LE(18);
  if ((flags & LEAF) !== 0) {
    if (how.isDeep && (flags & PLAIN_LEAF) === 0) checkBigValues(paged, page);
    how.onLeaf(page);
    return;
  }
  if ((flags & BRANCH) === 0) throw new Unsound();
  if (!how.isDeep) return;
  for (const at of nodesOf(page)) {
    const child = BigInt(page.readUIntLE(at, 6));
    visit(paged, child, how, depth + 1);
  }
}

function readPage({file, pageBytes, pages}: PagedFile, number: bigint): Buffer {
  if (number >= BigInt(pages)) throw new Unsound();
  const page = Buffer.alloc(pageBytes);
  readSync(file, page, 0, pageBytes, Number(number) * pageBytes);
  if (page.readBigUInt64LE(0) !== number) throw new Unsound();
  return page;
}

/** Where the nodes of a page begin; the page counts from the end of its header. */
function nodesOf(page: Buffer): number[] {
  const bytes = page.readUInt16LE(20);
  if (bytes % 2 !== 0 || bytes > page.length) throw new Unsound();
  return Array.from(
    {length: bytes / 2},
    (_, index) => HEADER_BYTES + page.readUInt16LE(HEADER_BYTES + 2 * index),
  );
}

/** The roots of the tables that a leaf of the table of tables names. */
function treesIn(page: Buffer): bigint[] {
  return nodesOf(page).flatMap((at) => {
    if ((page.readUInt16LE(at + 4) & IS_TREE) === 0) return [];
    return [page.readBigUInt64LE(at + NODE_BYTES + page.readUInt16LE(at + 6) + TREE_BYTES - 8)];
  });
}

/** Values that are larger than a page lie in pages of their own. */
function checkBigValues(paged: PagedFile, page: Buffer): void {
  for (const at of nodesOf(page)) {
    if ((page.readUInt16LE(at + 4) & IS_BIG) === 0) continue;
    const number = page.readBigUInt64LE(at + NODE_BYTES + page.readUInt16LE(at + 6));
    const first = readPage(paged, number);
    if ((first.readUInt16LE(18) & OVERFLOW) === 0) throw new Unsound();
    if (number + BigInt(first.readUInt32LE(20)) > BigInt(paged.pages)) throw new Unsound();
  }
}
