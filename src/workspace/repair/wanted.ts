/** What the documents say of a blob that is damaged or gone: its size, and what it is to them. */
import type {Digest} from '../../cas/digest.ts';
import {CosmosError} from '../../errors.ts';
import {blobsIn} from '../../manifest/references.ts';
import {parseBeginning, theOnly} from '../find-blob.ts';
import {readIfValid} from '../read-if-valid.ts';
import {listMentions} from '../which.ts';
import type {Workspace} from '../workspace.ts';
import type {WantedBlob} from './replica.ts';

export async function wantedBlob(workspace: Workspace, digest: Digest): Promise<WantedBlob> {
  const {documents, index} = workspace;
  let size = -1;
  for (const {kind, id} of index.listReferrers(digest)) {
    if (size >= 0) break;
    const document = await readIfValid(documents, kind, id);
    const named = document && blobsIn(document).find((blob) => blob.digest === digest);
    size = named?.size ?? -1;
  }
  return {digest, size, mentions: await listMentions(workspace, digest)};
}

/**
 * Of a blob that documents name, whether it is there or not.
 * @param text the digest, or a unique beginning of its hexadecimal part
 * @throws CosmosError id.unknown, id.ambiguous, usage.invalid
 */
export function findWanted({index}: Workspace, text: string): Digest {
  const beginning = parseBeginning(text, '"cosmos verify" names what is missing.');
  return theOnly(index.listDigestsFrom(beginning), text, () => {
    return new CosmosError('id.unknown', `No document names a blob "${text}".`, {
      hint: 'Nobody misses it. "cosmos verify" names what is missing.',
    });
  });
}
