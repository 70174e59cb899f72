/** Announced against actual: bytes that are not what was announced are never stored under either name. */
import {CosmosError} from '../errors.ts';
import type {BlobFacts} from './descriptor.ts';

/** @throws CosmosError blob.mismatch */
export function checkExpected(actual: BlobFacts, expected: Partial<BlobFacts> = {}): void {
  const isSizeRight = expected.size === undefined || expected.size === actual.size;
  const isDigestRight = expected.digest === undefined || expected.digest === actual.digest;
  if (isSizeRight && isDigestRight) return;
  throw new CosmosError(
    'blob.mismatch',
    `The bytes are not what was announced: ${actual.size} bytes, ${actual.digest}; announced ${expected.size ?? 'any'} bytes, ${expected.digest ?? 'any digest'}.`,
    {
      hint: 'Nothing was stored. The file changed or was damaged on its way: make sure that nothing writes to it, then try again.',
      facts: {actual, expected},
    },
  );
}
