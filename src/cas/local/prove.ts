/** Re-reads one file of the store and writes the result into the ledger. */
import {createHash} from 'node:crypto';
import {CosmosError, isErrno} from '../../errors.ts';
import {fileChunks} from '../../platform/chunks.ts';
import {isoTime} from '../../platform/clock.ts';
import type {Proof} from '../catalog/blob-tables.ts';
import type {BlobFacts} from '../descriptor.ts';
import {digestOf} from '../digest.ts';
import type {StoreContext} from './context.ts';

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

/** Undefined for bytes that the disk cannot read: they are lost, whatever they were. */
async function digestOfFile(path: string): Promise<BlobFacts['digest'] | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of fileChunks(path)) hash.update(chunk);
  } catch (error) {
    if (isErrno(error instanceof CosmosError ? error.cause : error, 'EIO')) return undefined;
    throw error;
  }
  return digestOf(hash.digest('hex'));
}
