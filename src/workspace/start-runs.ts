/** Several runs of one command: in turn where they would share the processors of this machine, together where they can share a load. */
import type {Lease} from '../cas/catalog/leases.ts';
import {makeRunId} from '../manifest/names.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {randomHex} from '../platform/random.ts';
import type {RunnerContext} from '../runner/context.ts';
import {createRun} from '../runner/create.ts';
import {joinRuns} from '../runner/sharing/join.ts';
import type {Prepared} from './prepared.ts';
import {loadsOf} from './share-loads.ts';
import {startRun} from './start-run.ts';
import {LOCAL} from './targets.ts';

export interface Started {
  /** In the order of what was prepared. */
  runs: RunDocument[];
  /** Those that load a model once for several of them. */
  shared: RunDocument[];
}

/**
 * Makes several runs, each driven by nobody. Members of a load are let go when it exists: a member without one makes by itself
 * what it asks for.
 */
export async function startRuns(runner: RunnerContext, prepared: readonly Prepared[]): Promise<Started> {
  const loads = loadsOf(prepared).map((members) => ({id: makeRunId(randomHex), members}));
  const places = placesOf(loads);
  const held: Lease[] = [];
  const runs: RunDocument[] = [];
  const shared: RunDocument[] = [];
  try {
    for (const [index, each] of prepared.entries()) {
      const share = places.get(each);
      const after = [...each.after, ...(share ? [share.run] : inTurn(each, runs.at(-1)))];
      const batch = each.batch && {...each.batch, index, size: prepared.length};
      const {run, lease} = await startRun(runner, {...each, after}, {batch, share});
      if (share) held.push(lease);
      else await lease.release();
      runs.push(run);
    }
    for (const load of loads) {
      const {run, lease} = await startLoad(runner, load, idsOf(runs, load));
      held.push(lease);
      shared.push(run);
    }
  } finally {
    for (const lease of held) await lease.release();
  }
  return {runs, shared};
}

interface Load {
  /** Of the run that loads the model, which does not exist yet. */
  id: string;
  members: readonly Prepared[];
}

function placesOf(loads: readonly Load[]): ReadonlyMap<Prepared, NonNullable<RunDocument['share']>> {
  return new Map(
    loads.flatMap(({id, members}) => members.map((member, index) => [member, {run: id, item: index + 1}])),
  );
}

/** What takes no GPU runs one after the other where it would share the processors of this machine. */
function inTurn({target, planned}: Prepared, last: RunDocument | undefined): string[] {
  return last !== undefined && target.name === LOCAL && (planned.plan.gpus ?? 0) === 0 ? [last.id] : [];
}

function idsOf(runs: readonly RunDocument[], {id}: Load): string[] {
  return runs.flatMap((run) => (run.share?.run === id ? [run.id] : []));
}

async function startLoad(
  runner: RunnerContext,
  {id, members}: Load,
  ids: string[],
): Promise<{run: RunDocument; lease: Lease}> {
  const [first] = members;
  if (!first?.sharing) throw new Error('only runs that can share are in a load');
  const {target, after, sharing} = first;
  const parts = joinRuns(
    sharing,
    members.map(({planned}) => planned),
    target.jobs.timeoutMs,
  );
  return createRun(runner, parts, {id, name: null, after, members: ids, target, random: randomHex});
}
