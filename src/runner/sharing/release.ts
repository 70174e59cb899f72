/** What a load keeps for its members, and how long. */
import type {Digest} from '../../cas/digest.ts';
import type {RunDocument, RunFile} from '../../manifest/types.gen.ts';
import {isoTime} from '../../platform/clock.ts';
import type {RunnerContext} from '../context.ts';
import {isTerminal} from '../transitions.ts';
import {ownersIn} from './part.ts';

type Surroundings = Pick<RunnerContext, 'documents' | 'index' | 'now'>;

/** Of every load, what a process that died has not let go. */
export async function releaseAllParts(context: Surroundings): Promise<void> {
  for (const {id, kind, outputs} of context.index.listRuns())
    if (kind === 'load' && outputs > 0) await releaseParts(context, id);
}

/**
 * What a member has taken is its own: the load lets it go, and keeps whatever no member names, such as what came home late.
 * Repeatable.
 */
export async function releaseParts(context: Surroundings, id: string): Promise<void> {
  if (!context.index.has('runs', id)) return;
  const before = await context.documents.read('runs', id);
  const owners = ownersIn(before);
  if (!before.outputs.some(({name}) => owners.has(name))) return;
  const taken = await listTaken(context, before);
  const at = isoTime(context.now());
  await context.documents.replace('runs', id, (load) => {
    const memberOf = ({name, digest}: RunFile): string | undefined =>
      taken.get(keyOf(owners.get(name)?.item, digest));
    const released = load.outputs.flatMap((descriptor) => {
      const member = memberOf(descriptor);
      return member === undefined ? [] : [{descriptor, at, reason: `belongs to ${member}`}];
    });
    if (released.length === 0) return load;
    return {
      ...load,
      outputs: load.outputs.filter((file) => memberOf(file) === undefined),
      released: [...load.released, ...released],
    };
  });
}

/** The members by the files that they have of theirs. */
async function listTaken(
  {documents, index}: Surroundings,
  {members = []}: RunDocument,
): Promise<Map<string, string>> {
  const taken = new Map<string, string>();
  for (const [place, id] of members.entries()) {
    if (!index.has('runs', id)) continue;
    const {outputs} = await documents.read('runs', id);
    for (const {digest} of outputs) taken.set(keyOf(place + 1, digest), id);
  }
  return taken;
}

function keyOf(item: number | undefined, digest: Digest): string {
  return JSON.stringify([item, digest]);
}

/** Whether nobody waits for the load of a run any more: all have ended, or are to be cancelled. */
export async function isUnwanted({documents, index}: Surroundings, {share}: RunDocument): Promise<boolean> {
  if (!share || !index.has('runs', share.run)) return false;
  const {members = [], status} = await documents.read('runs', share.run);
  if (isTerminal(status)) return false;
  const known = members.filter((id) => index.has('runs', id));
  const runs = await Promise.all(known.map((id) => documents.read('runs', id)));
  return runs.every((run) => isTerminal(run.status) || run.cancelRequested !== null);
}
