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
    const proof = await readProof(context, digest, blobPath(context.paths, digest)).catch(forgiveGone);
    if (!proof) return;
    if (proof.result === 'good') right.add(digest);
    proofs.push([digest, proof]);
  });
  await record(context, proofs);
  return right;
}

export async function proveFile(
  context: StoreContext,
  blob: BlobFacts,
  path: string,
): Promise<Proof['result']> {
  const proof = await readProof(context, blob.digest, path);
  await record(context, [[blob.digest, proof]]);
  return proof.result;
}

async function readProof({now}: StoreContext, digest: Digest, path: string): Promise<Proof> {
  const isRight = (await digestOfFile(path)) === digest;
  return {at: isoTime(now()), result: isRight ? 'good' : 'bad'};
}

async function record({catalog, tables}: StoreContext, proofs: readonly [Digest, Proof][]): Promise<void> {
  if (proofs.length === 0) return;
  await catalog.transaction('recording proofs', () => {
    for (const [digest, proof] of proofs) void tables.ledger.put(digest, proof);
  });
}

/** Moved away since it was found: nothing is known about its bytes. */
function forgiveGone(error: unknown): undefined {
  if (!isErrno(causeOf(error), 'ENOENT')) throw error;
}

function causeOf(error: unknown): unknown {
  return error instanceof CosmosError ? error.cause : error;
}

/** Undefined for bytes that the disk cannot read: they are lost, whatever they were. */
export async function digestOfFile(path: string): Promise<BlobFacts['digest'] | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of fileChunks(path)) hash.update(chunk);
  } catch (error) {
    if (isErrno(causeOf(error), 'EIO')) return undefined;
    throw error;
  }
  return digestOf(hash.digest('hex'));
}
