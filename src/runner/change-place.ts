/**
 * Holding, releasing and moving a run in the line for GPUs. It takes effect on the machine at once, and stays in effect
 * with no client alive; the document says so too, for those who do not ask the machine.
 */
import {CosmosError} from '../errors.ts';
import {shortId} from '../manifest/names.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {isoTime} from '../platform/clock.ts';
import {attemptOf, pathsOf} from './attempt.ts';
import type {RunnerContext} from './context.ts';
import {refuseOtherBox} from './right-box.ts';
import {changeLine, type LineAnswer, type LineChange} from './targets/line.ts';
import {isTerminal} from './transitions.ts';
import type {Waiting} from './waiting.ts';

/** @throws CosmosError queue.absent for a run that does not wait for a GPU; errors of the target */
export async function changePlace(
  context: RunnerContext,
  id: string,
  change: LineChange,
): Promise<{run: RunDocument; waiting: Waiting}> {
  const run = await context.documents.read('runs', id);
  const obstacle = obstacleOf(run);
  if (obstacle !== undefined) throw absent(run, obstacle);
  const target = await context.targetOf(run);
  if (!target.runner) throw absent(run, {message: `${target.name} has no line for GPUs`});
  await refuseOtherBox(run, target);
  await context.journal.append('queue', {run: id, change});
  const jobFolder = pathsOf(run, target).folder;
  const answer = await changeLine(target.runner, change, {jobFolder, attempt: attemptOf(run)});
  if (typeof answer === 'string') throw refused(run, answer);
  const at = isoTime(context.now());
  const changed = await context.documents.replace('runs', id, (current) =>
    current.status === 'submitted'
      ? {...current, execution: {...current.execution, waiting: {...answer, at}}}
      : current,
  );
  return {run: changed, waiting: answer};
}

interface Obstacle {
  message: string;
  hint?: string;
}

/** What the document alone can tell. */
function obstacleOf({status, plan, execution}: RunDocument): Obstacle | undefined {
  if (isTerminal(status)) return {message: `it has ended: ${status}`};
  if (status === 'running' || status === 'collecting') {
    return {message: 'its job has started', hint: '"cosmos cancel" stops it.'};
  }
  if ((plan?.gpus ?? 0) === 0) return {message: 'it asks for no GPU', hint: 'It starts without waiting.'};
  if (status === 'submitted') return undefined;
  if (execution.waiting?.for === 'runs') {
    return {message: 'it waits at home for other runs', hint: '"cosmos show" names them.'};
  }
  return {
    message: `its job is not on the machine yet (${status})`,
    hint: '"cosmos status" brings it there. Give the command again then.',
  };
}

const REFUSALS: Record<Extract<LineAnswer, string>, Obstacle> = {
  off: {
    message: 'the machine has no line: flock is not there',
    hint: 'Install util-linux there; jobs that wait already do not notice.',
  },
  absent: {message: 'its job has started, or is about to', hint: '"cosmos status" shows which.'},
  dead: {
    message: 'the supervisor that waited for it is gone',
    hint: '"cosmos status" puts another in its place. Give the command again then.',
  },
  busy: {
    message: 'somebody else is changing the line, or a job is just being started',
    hint: 'Give the command again.',
  },
};

function refused(run: RunDocument, answer: Extract<LineAnswer, string>): CosmosError {
  return absent(run, REFUSALS[answer]);
}

function absent({id, execution}: RunDocument, {message, hint}: Obstacle): CosmosError {
  return new CosmosError(
    'queue.absent',
    `${shortId(id)} does not wait in the line for a GPU of ${execution.target}: ${message}.`,
    {
      hint: ['Nothing was changed.', ...(hint === undefined ? [] : [hint])].join(' '),
      facts: {run: id, target: execution.target},
    },
  );
}
