/**
 * The right bytes of a large blob, put together: what its leaves say is right comes from the damaged file, all else from a
 * copy. Whoever stores them compares the whole with the digest; the leaves only spare the way.
 */
import {open, type FileHandle} from 'node:fs/promises';
import {join} from 'node:path';
import {crc32} from 'node:zlib';
import type {BlobFacts} from '../../cas/descriptor.ts';
import {hexOf} from '../../cas/digest.ts';
import {readLeaves, type Leaves} from '../../cas/leaves/leaves.ts';
import type {StoreContext} from '../../cas/local/context.ts';
import {blobPath} from '../../cas/local/paths.ts';
import {listQuarantine} from '../../cas/local/quarantine.ts';
import {firstBytes} from '../../platform/chunks.ts';
import {LEAF_BYTES} from '../../platform/leaf-sums.ts';
import {isFileOf} from './files.ts';

/** The bytes of a copy from an offset on. */
export type ReadFrom = (offset: number) => AsyncIterable<Uint8Array>;

export class Patch {
  /** Bytes that came from the copy. */
  fetchedBytes = 0;
  readonly #leaves: Leaves;
  readonly #path: string;

  constructor(leaves: Leaves, path: string) {
    this.#leaves = leaves;
    this.#path = path;
  }

  /** Chunks are lent: each is valid until the next is asked for. */
  async *bytes(readFrom: ReadFrom): AsyncGenerator<Uint8Array, void, void> {
    const {crc32: sums, size} = this.#leaves;
    const buffer = Buffer.allocUnsafeSlow(LEAF_BYTES);
    const file = await open(this.#path, 'r');
    this.fetchedBytes = 0;
    try {
      for (const [index, sum] of sums.entries()) {
        const start = index * LEAF_BYTES;
        const wanted = Math.min(LEAF_BYTES, size - start);
        const leaf = await readLeaf(file, buffer.subarray(0, wanted), start);
        if (leaf.length === wanted && crc32(leaf) === sum) yield leaf;
        else yield* this.#count(firstBytes(readFrom(start), wanted));
      }
    } finally {
      await file.close();
    }
  }

  async *#count(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of chunks) {
      this.fetchedBytes += chunk.length;
      yield chunk;
    }
  }
}

/** @returns undefined where there are no leaves, or no damaged bytes to begin with */
export async function findPatch(context: StoreContext, blob: BlobFacts): Promise<Patch | undefined> {
  const leaves = await readLeaves(context.paths, blob);
  if (!leaves) return undefined;
  const kept = (await listQuarantine(context)).filter((name) => name.startsWith(`${hexOf(blob.digest)}-`));
  const places = [
    blobPath(context.paths, blob.digest),
    ...kept.map((name) => join(context.paths.quarantine, name)),
  ];
  for (const path of places) if (await isFileOf(path, -1)) return new Patch(leaves, path);
  return undefined;
}

/** What the disk cannot read is as good as damaged. */
async function readLeaf(file: FileHandle, buffer: Buffer, start: number): Promise<Buffer> {
  let done = 0;
  while (done < buffer.length) {
    const bytesRead = await file.read(buffer, done, buffer.length - done, start + done).then(
      (read) => read.bytesRead,
      () => 0,
    );
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}
