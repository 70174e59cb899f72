/** What it means that nobody has the bytes any more: which documents lose what, and how it can be made again. */
import type {Digest} from '../../cas/digest.ts';
import type {RunDocument} from '../../manifest/types.gen.ts';
import {readIfValid} from '../read-if-valid.ts';
import type {Mention} from '../which.ts';
import type {Workspace} from '../workspace.ts';
import type {WantedBlob} from './replica.ts';

export interface LostFile extends Mention {
  /** What to do, for a person. */
  advice: string;
}

export interface Loss {
  digest: Digest;
  /** -1 where no document says it. */
  sizeBytes: number;
  files: LostFile[];
  /** Copies that were read and are other bytes. */
  wrong: string[];
}

export async function explainLoss(
  workspace: Workspace,
  {digest, size, mentions}: WantedBlob,
  wrong: string[],
): Promise<Loss> {
  const makers = mentions.filter(({kind, how}) => kind === 'runs' && how === 'made').map(({id}) => id);
  const files: LostFile[] = [];
  for (const mention of mentions)
    files.push({...mention, advice: await adviceOn(workspace, mention, makers)});
  return {digest, sizeBytes: size, files, wrong};
}

async function adviceOn(
  workspace: Workspace,
  {kind, id, how, name}: Mention,
  makers: readonly string[],
): Promise<string> {
  const run = how === 'made' ? await readIfValid(workspace.documents, 'runs', id) : undefined;
  if (run) return adviceOnMaking(workspace, run);
  const [maker] = makers;
  if (maker !== undefined) return `it was made by ${maker}: see there`;
  if (name === 'poster' || name === 'strip') return 'a picture of a video; the video itself is not touched';
  if (kind === 'runs' && how !== 'used') return 'it cannot be made again; nothing else depends on it';
  return 'find the file, or a copy of it, and store it with "cosmos blob put FILE": the same bytes heal it';
}

/** The same bytes come again where the model is deterministic; then they heal the blob by themselves. */
async function adviceOnMaking(workspace: Workspace, run: RunDocument): Promise<string> {
  const missing: string[] = [];
  for (const input of run.inputs) if (!(await workspace.store.find(input.digest))) missing.push(input.name);
  const again = `"cosmos rerun ${run.id} --verify" makes it again`;
  return missing.length === 0 ? again : `${again}, once its inputs are back: ${missing.join(', ')}`;
}
