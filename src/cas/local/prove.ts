/** Whether present bytes are right: by an earlier proof, or by reading them, with the result in the ledger. */
import {createHash} from 'node:crypto';
import {CosmosError, isErrno} from '../../errors.ts';
import {fileChunks} from '../../platform/chunks.ts';
import {isoTime} from '../../platform/clock.ts';
import {mapLimit} from '../../platform/concurrency.ts';
import type {Proof} from '../catalog/blob-tables.ts';
import type {BlobFacts} from '../descriptor.ts';
import {digestOf, type Digest} from '../digest.ts';
import type {StoreContext} from './context.ts';
import {blobPath} from './paths.ts';

/** Enough to keep a disk busy. */
const READ_AT_ONCE = 4;

/**
 * Present bytes of the right size count only with a good proof; without one they are hashed first. So are those marked
 * bad: what was judged has been set aside, and this may be the right copy of a writer who has not recorded it yet.
 */
export async function isProven(context: StoreContext, facts: BlobFacts, path: string): Promise<boolean> {
  if (context.tables.ledger.get(facts.digest)?.result === 'good') return true;
  return (await proveFile(context, facts, path)) === 'good';
}

/** Many blobs that are in place, asked the same; one transaction records what reading them has shown. @returns the right ones */
export async function proveMany(context: StoreContext, blobs: readonly BlobFacts[]): Promise<Set<Digest>> {
  const {ledger, sizes} = context.tables;
  const right = new Set<Digest>();
  const proofs: [Digest, Proof][] = [];
  await mapLimit(blobs, READ_AT_ONCE, async ({digest, size}) => {
    if (ledger.get(digest)?.result === 'good' && (sizes.get(digest) ?? size) === size) {
      right.add(digest);
      return;
    }
    const isRight = (await digestOfFile(blobPath(context.paths, digest))) === digest;
    if (isRight) right.add(digest);
    proofs.push([digest, {at: isoTime(context.now()), result: isRight ? 'good' : 'bad'}]);
  });
  if (proofs.length > 0)
    await context.catalog.transaction('recording proofs', () => {
      for (const [digest, proof] of proofs) void ledger.put(digest, proof);
    });
  return right;
}

export async function proveFile(
  context: StoreContext,
  blob: BlobFacts,
  path: string,
): Promise<Proof['result']> {
  const result = (await digestOfFile(path)) === blob.digest ? 'good' : 'bad';
  await context.catalog.transaction('recording a proof', () => {
    void context.tables.ledger.put(blob.digest, {at: isoTime(context.now()), result});
  });
  return result;
}

/** Undefined for bytes that the disk cannot read, whatever they were, and for a file that is gone. */
export async function digestOfFile(path: string): Promise<BlobFacts['digest'] | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of fileChunks(path)) hash.update(chunk);
  } catch (error) {
    if (isErrno(error instanceof CosmosError ? error.cause : error, 'EIO', 'ENOENT')) return undefined;
    throw error;
  }
  return digestOf(hash.digest('hex'));
}
