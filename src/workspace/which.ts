/** Which runs made or used a file, by its content. */
import {resolve} from 'node:path';
import type {Digest} from '../cas/digest.ts';
import type {DocumentKind} from '../manifest/kinds.ts';
import {hashChunks} from '../cas/hash-chunks.ts';
import {fileChunks} from '../platform/chunks.ts';
import {readGivenFile} from '../platform/given-file.ts';
import type {RunDocument, Thumbnail} from '../manifest/types.gen.ts';
import {readIfValid} from './read-if-valid.ts';
import type {Workspace} from './workspace.ts';

export interface Mention {
  kind: DocumentKind;
  id: string;
  /** `made`: an output of the run; `used`: an input; `names`: anything else. */
  how: 'made' | 'used' | 'names';
  /** The name that it has there; null where it has none. */
  name: string | null;
}

export interface Whereabouts {
  file: string;
  digest: Digest;
  sizeBytes: number;
  mentions: Mention[];
}

const HINT = 'Give a file that is there and that your user may read.';

/** @throws CosmosError file.unreadable */
export async function whichRuns(workspace: Workspace, file: string, folder: string): Promise<Whereabouts> {
  const path = resolve(folder, file);
  const {digest, sizeBytes} = await readGivenFile(path, HINT, () => hashChunks(fileChunks(path)));
  return {file, digest, sizeBytes, mentions: await listMentions(workspace, digest)};
}

/** Of every document that names the blob. */
export async function listMentions(workspace: Workspace, digest: Digest): Promise<Mention[]> {
  const mentions: Mention[] = [];
  for (const {kind, id} of workspace.index.listReferrers(digest))
    mentions.push(...(await mentionsIn(workspace, {kind, id}, digest)));
  return mentions;
}

async function mentionsIn(
  {documents}: Workspace,
  {kind, id}: {kind: DocumentKind; id: string},
  digest: Digest,
): Promise<Mention[]> {
  const named = (files: readonly {digest: Digest; name: string}[], how: Mention['how']): Mention[] =>
    files.filter((file) => file.digest === digest).map(({name}) => ({kind, id, how, name}));
  const orElse = (found: Mention[], name: string | null): Mention[] =>
    found.length > 0 ? found : [{kind, id, how: 'names', name}];
  if (kind === 'runs') {
    const run = await readIfValid(documents, 'runs', id);
    if (!run) return orElse([], null);
    const {outputs, inputs, log, thumbnails} = run;
    const other = log?.digest === digest ? 'run.log' : pictureName(thumbnails, digest);
    return orElse([...named(outputs, 'made'), ...named(inputs, 'used')], other);
  }
  if (kind === 'refs') {
    const ref = await readIfValid(documents, 'refs', id);
    return ref ? orElse(named(ref.entries, 'names'), pictureName(ref.thumbnails, digest)) : orElse([], null);
  }
  return orElse([], null);
}

/** `poster` or `strip`; null for what is no picture of the document's videos. */
function pictureName(thumbnails: RunDocument['thumbnails'] = {}, digest: Digest): string | null {
  const all = Object.values(thumbnails).flatMap((pictures) => Object.entries<Thumbnail>({...pictures}));
  return all.find(([, picture]) => picture.digest === digest)?.[0] ?? null;
}
