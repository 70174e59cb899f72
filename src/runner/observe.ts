/** Looking at a run's job through its target. Changes nothing. */
import {CosmosError} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {pathsOf} from './attempt.ts';
import type {Observation} from './decide.ts';
import {parseExit} from './job.ts';
import type {FileReader, Target} from './target.ts';
import {parsePlace, type Waiting} from './waiting.ts';

const NOTHING: Observation = {
  isClaimed: false,
  exit: undefined,
  supervisor: 'unknown',
  isCancelDelivered: false,
  isStarted: false,
  waiting: undefined,
};

export async function observe(run: RunDocument, target: Target): Promise<Observation> {
  if (run.status !== 'submitted' && run.status !== 'running') return NOTHING;
  const paths = pathsOf(run, target);
  if (!(await target.transport.isFolder(paths.attempt))) return NOTHING;
  const exit = await target.transport.readFile(paths.exit);
  if (exit) return {...NOTHING, isClaimed: true, exit: {reason: reasonOf(exit)}};
  const isStarted = (await target.transport.sizeOf(paths.wrapper)) !== undefined;
  const {state, silentMs} = await target.launcher.look(paths);
  return {
    isClaimed: true,
    isStarted,
    exit: undefined,
    supervisor: state,
    ...(silentMs !== undefined && {silentMs}),
    isCancelDelivered: (await target.transport.sizeOf(paths.cancel)) !== undefined,
    waiting: isStarted ? undefined : await readPlace(target.transport, paths.place),
  };
}

async function readPlace(transport: FileReader, path: string): Promise<Waiting | undefined> {
  const bytes = await transport.readFile(path);
  return bytes && parsePlace(Buffer.from(bytes).toString('utf8'));
}

/** A record that cannot be read is an end all the same: it comes into place whole. Collecting finds out more. */
function reasonOf(bytes: Uint8Array): string {
  try {
    return parseExit(Buffer.from(bytes).toString('utf8')).reason;
  } catch (error) {
    if (error instanceof CosmosError && error.code === 'document.invalid') return 'its record cannot be read';
    throw error;
  }
}
