/** What the documents say of a blob that is damaged or gone: its size, and what it is to them. */
import type {Digest} from '../../cas/digest.ts';
import {CosmosError} from '../../errors.ts';
import {blobsIn} from '../../manifest/references.ts';
import {listMentions} from '../which.ts';
import type {Workspace} from '../workspace.ts';
import type {WantedBlob} from './replica.ts';

export async function wantedBlob(workspace: Workspace, digest: Digest): Promise<WantedBlob> {
  const {documents, index} = workspace;
  let size = -1;
  for (const {kind, id} of index.listReferrers(digest)) {
    const named = blobsIn(await documents.read(kind, id)).find((blob) => blob.digest === digest);
    size = Math.max(size, named?.size ?? -1);
  }
  return {digest, size, mentions: await listMentions(workspace, digest)};
}

const FEWEST_CHARACTERS = 4;

/**
 * Of a blob that documents name, whether it is there or not.
 * @param text the digest, or a unique beginning of its hexadecimal part
 * @throws CosmosError id.unknown, id.ambiguous, usage.invalid
 */
export function findWanted({index}: Workspace, text: string): Digest {
  const hex = text.replace(/^sha256:/, '');
  if (!/^[0-9a-f]*$/.test(hex) || hex.length < FEWEST_CHARACTERS)
    throw new CosmosError('usage.invalid', `"${text}" is not a digest or the beginning of one.`, {
      hint: `Give at least ${FEWEST_CHARACTERS} lower-case hexadecimal characters; "cosmos verify" names what is missing.`,
    });
  const [only, ...others] = index.listDigestsFrom(`sha256:${hex}`);
  if (only === undefined)
    throw new CosmosError('id.unknown', `No document names a blob "${text}".`, {
      hint: 'Nobody misses it. "cosmos verify" names what is missing.',
    });
  if (others.length > 0)
    throw new CosmosError('id.ambiguous', `"${text}" fits ${others.length + 1} blobs.`, {
      hint: 'Type more characters of the digest.',
      facts: {found: [only, ...others]},
    });
  return only;
}
