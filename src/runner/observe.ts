/** Looking at a run's job through its target. Changes nothing. */
import type {RunDocument} from '../manifest/types.gen.ts';
import {pathsOf} from './attempt.ts';
import type {Observation} from './decide.ts';
import {parseExit} from './job.ts';
import type {Target} from './target.ts';

const NOTHING: Observation = {
  isClaimed: false,
  exit: undefined,
  supervisor: 'unknown',
  isCancelDelivered: false,
  isWaiting: false,
};

export async function observe(run: RunDocument, target: Target): Promise<Observation> {
  if (run.status !== 'submitted' && run.status !== 'running') return NOTHING;
  const paths = pathsOf(run, target);
  if (!(await target.transport.isFolder(paths.attempt))) return NOTHING;
  const exit = await target.transport.readFile(paths.exit);
  if (exit) return {...NOTHING, isClaimed: true, exit: parseExit(Buffer.from(exit).toString('utf8'))};
  return {
    isClaimed: true,
    exit: undefined,
    supervisor: await target.launcher.supervisorState(paths),
    isCancelDelivered: (await target.transport.sizeOf(paths.cancel)) !== undefined,
    isWaiting: run.status === 'submitted' && (await target.transport.sizeOf(paths.place)) !== undefined,
  };
}
