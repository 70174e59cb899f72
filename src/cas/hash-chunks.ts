/** The digest of a stream of bytes, whatever its length. */
import {createHash} from 'node:crypto';
import {digestOf, type Digest} from './digest.ts';

export async function hashChunks(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{digest: Digest; sizeBytes: number}> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return {digest: digestOf(hash.digest('hex')), sizeBytes};
}
