/** Whether expected outputs are really there: present, not empty, and readable as what they claim to be. */
import {CosmosError} from '../errors.ts';
import {isVideo} from './media-types.ts';
import type {CollectedFile, JobPlan, OutputProblem} from './model.ts';

export async function checkExpectedOutputs(
  files: readonly CollectedFile[],
  plan: JobPlan,
): Promise<OutputProblem[]> {
  const problems: OutputProblem[] = [];
  for (const {name, isRequired, least} of plan.outputs) {
    const file = files.find((candidate) => candidate.name === name);
    const reason = file ? await problemOf(file, least) : isRequired ? 'is missing' : undefined;
    if (reason !== undefined) problems.push({name, reason});
  }
  return problems;
}

async function problemOf(
  file: CollectedFile,
  least: JobPlan['outputs'][number]['least'],
): Promise<string | undefined> {
  if (file.size === 0) return 'is empty';
  if (!isVideo(file)) return undefined;
  const {probeVideo} = await import('../media/probe.ts');
  try {
    const {frames, width, height} = await probeVideo(file.path);
    if (frames === 0) return 'has no frames';
    return least && (width < least.width || height < least.height)
      ? `is ${width}x${height}, no larger than what went in`
      : undefined;
  } catch (error) {
    if (error instanceof CosmosError) return error.message.replace(file.path, file.name);
    throw error;
  }
}
