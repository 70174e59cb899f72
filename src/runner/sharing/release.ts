/** What a load keeps for its members, and how long. */
import type {RunDocument, RunFile} from '../../manifest/types.gen.ts';
import {isoTime} from '../../platform/clock.ts';
import type {RunnerContext} from '../context.ts';
import {isTerminal} from '../transitions.ts';

type Surroundings = Pick<RunnerContext, 'documents' | 'index' | 'now'>;

/** Of every load, what a process that died has not let go. */
export async function releaseAllParts(context: Surroundings): Promise<void> {
  for (const {id, kind, outputs} of context.index.listRuns())
    if (kind === 'load' && outputs > 0) await releaseParts(context, id);
}

/** What members that have ended have taken, or wanted, is theirs alone: the load lets it go. Repeatable. */
export async function releaseParts(context: Surroundings, id: string): Promise<void> {
  if (!context.index.has('runs', id)) return;
  const {members = []} = await context.documents.read('runs', id);
  const isOver = (item: number): boolean => {
    const member = context.index.getRun(members[item - 1] ?? '');
    return !member || isTerminal(member.status);
  };
  const at = isoTime(context.now());
  await context.documents.replace('runs', id, (load) => {
    const itemOf = (name: string): number | undefined =>
      load.plan?.outputs.find((output) => output.name === name)?.of?.item;
    const isKept = ({name}: RunFile): boolean => {
      const item = itemOf(name);
      return item === undefined || !isOver(item);
    };
    const released = load.outputs.filter((file) => !isKept(file));
    if (released.length === 0) return load;
    return {
      ...load,
      outputs: load.outputs.filter(isKept),
      released: [
        ...load.released,
        ...released.map((descriptor) => ({
          descriptor,
          at,
          reason: `belongs to ${members[(itemOf(descriptor.name) ?? 0) - 1] ?? 'a run that is gone'}`,
        })),
      ],
    };
  });
}

/** Whether nobody waits for the load of a run any more. */
export async function isUnwanted(context: RunnerContext, {share}: RunDocument): Promise<boolean> {
  if (!share || !context.index.has('runs', share.run)) return false;
  const {members = [], status} = await context.documents.read('runs', share.run);
  return (
    !isTerminal(status) && members.every((id) => isTerminal(context.index.getRun(id)?.status ?? 'cancelled'))
  );
}
