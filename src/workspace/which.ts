/** Which runs made or used a file, by its content. */
import {resolve} from 'node:path';
import type {Digest} from '../cas/digest.ts';
import type {DocumentKind} from '../manifest/kinds.ts';
import {hashChunks} from '../cas/hash-chunks.ts';
import {fileChunks} from '../platform/chunks.ts';
import {readGivenFile} from '../platform/given-file.ts';
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
  const mentions: Mention[] = [];
  for (const {kind, id} of workspace.index.listReferrers(digest))
    mentions.push(...(await mentionsIn(workspace, {kind, id}, digest)));
  return {file, digest, sizeBytes, mentions};
}

async function mentionsIn(
  {documents}: Workspace,
  {kind, id}: {kind: DocumentKind; id: string},
  digest: Digest,
): Promise<Mention[]> {
  const named = (files: readonly {digest: Digest; name: string}[], how: Mention['how']): Mention[] =>
    files.filter((file) => file.digest === digest).map(({name}) => ({kind, id, how, name}));
  if (kind === 'runs') {
    const run = await documents.read('runs', id);
    const found = [...named(run.outputs, 'made'), ...named(run.inputs, 'used')];
    return found.length > 0
      ? found
      : [{kind, id, how: 'names', name: run.log?.digest === digest ? 'run.log' : null}];
  }
  if (kind === 'refs') return named((await documents.read('refs', id)).entries, 'names');
  return [{kind, id, how: 'names', name: null}];
}
