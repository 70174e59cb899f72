/** A blob by its digest, or by a beginning of it that only one blob has. */
import type {BlobFacts} from '../cas/descriptor.ts';
import {isDigest} from '../cas/digest.ts';
import {missingBlob} from '../cas/memory.ts';
import {CosmosError} from '../errors.ts';
import type {Workspace} from './workspace.ts';

const FEWEST_CHARACTERS = 4;

/** @throws CosmosError blob.missing, id.unknown, id.ambiguous */
export async function findNamedBlob({store}: Workspace, text: string): Promise<BlobFacts> {
  if (isDigest(text)) {
    const found = await store.find(text);
    if (found) return found;
    throw missingBlob(text);
  }
  const beginning = parseBeginning(text, '"cosmos blob list" shows the blobs.');
  const found: BlobFacts[] = [];
  for await (const blob of store.list()) if (blob.digest.startsWith(beginning)) found.push(blob);
  return theOnly(found, text, () => {
    return new CosmosError('id.unknown', `There is no blob "${text}".`, {
      hint: 'List the blobs with "cosmos blob list".',
    });
  });
}

/** What the digests begin with that a text stands for. @throws CosmosError usage.invalid */
export function parseBeginning(text: string, hint: string): string {
  const hex = text.replace(/^sha256:/, '');
  if (/^[0-9a-f]*$/.test(hex) && hex.length >= FEWEST_CHARACTERS) return `sha256:${hex}`;
  throw new CosmosError('usage.invalid', `"${text}" is not a digest or the beginning of one.`, {
    hint: `Give at least ${FEWEST_CHARACTERS} lower-case hexadecimal characters; ${hint}`,
  });
}

/** @throws CosmosError id.ambiguous, and `unknown` for none */
export function theOnly<T>(found: readonly T[], text: string, unknown: () => CosmosError): T {
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw only === undefined
    ? unknown()
    : new CosmosError('id.ambiguous', `"${text}" fits ${found.length} blobs.`, {
        hint: 'Type more characters of the digest.',
        facts: {found},
      });
}
