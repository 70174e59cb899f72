/**
 * What targets have of a run: the inputs that were sent there, in their cache or in the folder of the job, and what the job
 * made, as long as that folder is kept.
 */
import {hexOf} from '../../cas/digest.ts';
import type {RunDocument} from '../../manifest/types.gen.ts';
import {attemptOf, pathsOf} from '../../runner/attempt.ts';
import {refuseOtherBox} from '../../runner/right-box.ts';
import type {Target} from '../../runner/target.ts';
import type {Mention} from '../which.ts';
import type {Replica, WantedBlob} from './replica.ts';

export interface TargetSource {
  readRun: (id: string) => Promise<RunDocument>;
  targetOf: (run: RunDocument) => Promise<Target>;
}

type NamedMention = Pick<Mention, 'how'> & {name: string};

/** One that does not answer is asked once. */
export function targetReplica({readRun, targetOf}: TargetSource): Replica {
  const silent = new Map<string, unknown>();
  return {
    name: 'the targets of the runs',
    async *listCopies(blob) {
      for (const {kind, id, how, name} of blob.mentions) {
        if (kind !== 'runs' || name === null) continue;
        const run = await readRun(id);
        if (attemptOf(run) === 0) continue;
        const {target: targetName} = run.execution;
        if (silent.has(targetName)) throw silent.get(targetName);
        const target = await targetOf(run);
        const paths = await listPaths({run, target}, blob, {how, name}).catch((error: unknown) => {
          silent.set(targetName, error);
          throw error;
        });
        for (const path of paths)
          yield {
            where: `${target.name}:${path}`,
            read: () => target.transport.stream(path),
            readFrom: (offset) => target.transport.stream(path, offset),
          };
      }
    },
  };
}

async function listPaths(
  {run, target}: {run: RunDocument; target: Target},
  blob: WantedBlob,
  mention: NamedMention,
): Promise<string[]> {
  await refuseOtherBox(run, target);
  const found: string[] = [];
  for (const path of candidatesOf(run, target, {blob, ...mention})) {
    const size = await target.transport.sizeOf(path);
    if (size !== undefined && (blob.size < 0 || size === blob.size)) found.push(path);
  }
  return found;
}

function candidatesOf(
  run: RunDocument,
  target: Target,
  {blob, how, name}: {blob: WantedBlob} & NamedMention,
): string[] {
  const paths = pathsOf(run, target);
  if (how === 'made') return [target.join(paths.outputs, name)];
  if (how === 'used') {
    const root = run.execution.root ?? target.root;
    const cached = root === null ? [] : [target.join(root, 'blobs', hexOf(blob.digest))];
    return [...cached, target.join(paths.inputs, name)];
  }
  return blob.digest === run.log?.digest ? [paths.log] : [];
}
