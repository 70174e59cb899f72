/** Re-reads one file of the store and writes the result into the ledger. */
import {createHash} from 'node:crypto';
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
  const hash = createHash('sha256');
  for await (const chunk of fileChunks(path)) hash.update(chunk);
  const result = digestOf(hash.digest('hex')) === blob.digest ? 'good' : 'bad';
  await context.catalog.transaction('recording a proof', () => {
    void context.tables.ledger.put(blob.digest, {at: isoTime(context.now()), result});
  });
  return result;
}
