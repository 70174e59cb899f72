/** Reading verifies: a stream of a blob's bytes ends well only when size and digest were right. */
import {createHash} from 'node:crypto';
import {CosmosError} from '../errors.ts';
import type {BlobFacts} from './descriptor.ts';
import {digestOf} from './digest.ts';

/** Passes the bytes through and fails at the end on any difference. @throws CosmosError blob.damaged */
export async function* verifiedRead(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  expected: BlobFacts,
): AsyncGenerator<Uint8Array, void, void> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > expected.size) break;
    hash.update(chunk);
    yield chunk;
  }
  const digest = digestOf(hash.digest('hex'));
  if (size === expected.size && digest === expected.digest) return;
  throw new CosmosError(
    'blob.damaged',
    `Blob ${expected.digest} is damaged: it has ${size} bytes and hashes to ${digest}.`,
    {
      hint: 'Run "cosmos verify --deep": it sets damaged blobs aside and names the runs that they touch.',
      facts: {digest: expected.digest, expectedSize: expected.size, size, found: digest},
    },
  );
}

/** Whether something failed because the store does not hold a blob, or not as it should be. */
export function isLostBlob(error: unknown): boolean {
  return error instanceof CosmosError && (error.code === 'blob.missing' || error.code === 'blob.damaged');
}

/** Collects a stream; for blobs that fit in memory, such as specs and documents. A source may reuse its buffer. */
export async function readAll(chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    parts.push(Uint8Array.from(chunk));
  }
  return Buffer.concat(parts);
}
