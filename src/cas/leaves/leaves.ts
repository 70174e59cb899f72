/**
 * The leaves of large blobs: a CRC-32 for every 16 MiB, in a small file of its own beside the blobs. They say where damage
 * is, let a look that was interrupted go on in the middle of a file, and a repair fetch no more than was damaged. They are
 * made only from bytes whose SHA-256 was right, may be lost at any time, and prove nothing.
 */
import {createHash} from 'node:crypto';
import {rmSync} from 'node:fs';
import {readdir, readFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {LEAF_BYTES} from '../../platform/leaf-sums.ts';
import {ensureFolder, publishText} from '../../platform/publish.ts';
import type {BlobFacts} from '../descriptor.ts';
import type {Digest} from '../digest.ts';
import {listShard} from '../local/list.ts';
import {leavesPath, type StorePaths} from '../local/paths.ts';

export interface Leaves extends BlobFacts {
  /** Of every leaf, in order. */
  crc32: readonly number[];
}

/** Bytes `start` to `end`, the last one not included. */
export interface ByteRange {
  start: number;
  end: number;
}

/** A smaller blob is read in less than a tenth of a second. */
const LEAVED_ABOVE = 64 << 20;

const VERSION = 1;

export function hasLeaves({size}: Pick<BlobFacts, 'size'>): boolean {
  return size > LEAVED_ABOVE;
}

/** Undefined when there are none, or none that can be relied on. */
export async function readLeaves(paths: StorePaths, {digest, size}: BlobFacts): Promise<Leaves | undefined> {
  const text = await readFile(leavesPath(paths, digest), 'utf8').catch(() => '');
  const [line = '', own] = text.split('\n');
  if (own !== ownDigest(line)) return undefined;
  const {version, leafBytes, crc32, ...facts} = JSON.parse(line) as LeafFile;
  const isRight = version === VERSION && leafBytes === LEAF_BYTES && facts.digest === digest;
  if (!isRight || facts.size !== size || crc32.length !== Math.ceil(size / LEAF_BYTES)) return undefined;
  return {digest, size, crc32: crc32.map((hex) => Number.parseInt(hex, 16))};
}

interface LeafFile extends BlobFacts {
  version: number;
  leafBytes: number;
  /** Eight hexadecimal digits each. */
  crc32: string[];
}

/** Writes them down where no good ones are. A disk that refuses costs no more than a full reading one day. */
export async function keepLeaves(paths: StorePaths, leaves: Leaves): Promise<void> {
  if (!hasLeaves(leaves) || (await readLeaves(paths, leaves))) return;
  const {digest, size} = leaves;
  const crc32 = leaves.crc32.map((sum) => sum.toString(16).padStart(8, '0'));
  const line = JSON.stringify({
    version: VERSION,
    digest,
    size,
    leafBytes: LEAF_BYTES,
    crc32,
  } satisfies LeafFile);
  const path = leavesPath(paths, digest);
  try {
    await ensureFolder(dirname(path));
    await publishText(path, `${line}\n${ownDigest(line)}\n`);
  } catch {
    // Made again by the next reading that proves the digest.
  }
}

/** Removes those of blobs that are not wanted any more. */
export async function dropOrphans(
  paths: StorePaths,
  isWanted: (digest: Digest) => Promise<boolean>,
): Promise<void> {
  for (const shard of await readdir(paths.trees).catch(() => [])) {
    for (const digest of await listShard(paths.trees, shard).catch(() => []))
      if (!(await isWanted(digest))) rmSync(leavesPath(paths, digest), {force: true});
  }
}

/** Where bytes with these sums differ, neighbours joined. */
export function damagedRanges({crc32, size}: Leaves, found: readonly number[]): ByteRange[] {
  const ranges: ByteRange[] = [];
  for (const [index, sum] of crc32.entries()) {
    if (sum === found[index]) continue;
    const start = index * LEAF_BYTES;
    const end = Math.min(size, start + LEAF_BYTES);
    const last = ranges.at(-1);
    if (last?.end === start) last.end = end;
    else ranges.push({start, end});
  }
  return ranges;
}

function ownDigest(line: string): string {
  return `sha256:${createHash('sha256').update(`${line}\n`).digest('hex')}`;
}
