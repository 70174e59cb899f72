/** Which inputs of planned runs lie in the input cache of their target already: what would not be sent again. */
import {hexOf, type Digest} from '../cas/digest.ts';
import {hashChunks} from '../cas/hash-chunks.ts';
import {fileChunks} from '../platform/chunks.ts';
import type {ModelInput} from '../runner/model.ts';
import type {Target} from '../runner/target.ts';
import type {Prepared} from './prepared.ts';

/** The same runs, with `isThere` at each input of a target that has a cache. Reads every input, each file once. */
export async function lookForUploads(prepared: readonly Prepared[]): Promise<Prepared[]> {
  const digests = new Map<string, Promise<Digest>>();
  const known = new Map<string, Promise<boolean>>();
  const isThere = async (target: Target, content: ModelInput['content']): Promise<boolean> => {
    // The spec has the paths of its job in it, and is another for each run.
    if (!('path' in content)) return false;
    const {path} = content;
    const digest = digests.get(path) ?? digestOfFile(path);
    digests.set(path, digest);
    const key = `${target.name} ${await digest}`;
    const found = known.get(key) ?? isCached(target, await digest);
    known.set(key, found);
    return found;
  };
  const looked: Prepared[] = [];
  for (const each of prepared) looked.push(await withPresence(each, isThere));
  return looked;
}

async function withPresence(
  prepared: Prepared,
  isThere: (target: Target, content: ModelInput['content']) => Promise<boolean>,
): Promise<Prepared> {
  const {target, planned} = prepared;
  if ((await target.contact()).box === null) return prepared;
  const inputs: typeof planned.inputs = [];
  for (const [index, input] of planned.inputs.entries()) {
    const content = planned.normal.inputs[index]?.content;
    inputs.push({...input, isThere: content !== undefined && (await isThere(target, content))});
  }
  return {...prepared, planned: {...planned, inputs}};
}

async function digestOfFile(path: string): Promise<Digest> {
  return (await hashChunks(fileChunks(path))).digest;
}

/** A file comes into the cache under its name only when all of it was checked. */
async function isCached(target: Target, digest: Digest): Promise<boolean> {
  const {root} = await target.contact();
  return (await target.transport.sizeOf(target.join(root, 'blobs', hexOf(digest)))) !== undefined;
}
