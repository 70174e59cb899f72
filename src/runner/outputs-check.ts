/** Whether expected outputs are really there: present, not empty, and readable as what they claim to be. */
import {CosmosError} from '../errors.ts';
import type {CollectedFile, JobPlan, OutputProblem} from './model.ts';

export async function checkExpectedOutputs(
  files: readonly CollectedFile[],
  plan: JobPlan,
): Promise<OutputProblem[]> {
  const problems: OutputProblem[] = [];
  for (const {name, isRequired} of plan.outputs) {
    const file = files.find((candidate) => candidate.name === name);
    const reason = file ? await problemOf(file) : isRequired ? 'is missing' : undefined;
    if (reason !== undefined) problems.push({name, reason});
  }
  return problems;
}

async function problemOf(file: CollectedFile): Promise<string | undefined> {
  if (file.size === 0) return 'is empty';
  if (!file.mediaType.startsWith('video/')) return undefined;
  const {probeVideo} = await import('../media/probe.ts');
  try {
    const {frames} = await probeVideo(file.path);
    return frames > 0 ? undefined : 'has no frames';
  } catch (error) {
    if (error instanceof CosmosError) return error.message.replace(file.path, file.name);
    throw error;
  }
}
