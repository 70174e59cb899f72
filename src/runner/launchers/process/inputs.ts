/** Re-hashing a job's inputs before it starts: what was announced is what it will read. */
import {join} from 'node:path';
import type {Job} from '../../job.ts';
import type {JobPaths} from '../../job-paths.ts';
import {isSafeOutputName} from '../../sums.ts';
import {hashFile} from './hash.ts';

/** @returns one sentence about the first input that is missing, altered or misnamed; undefined when all are well. */
export async function findBadInput(job: Job, paths: JobPaths): Promise<string | undefined> {
  for (const {name, digest, size} of job.inputs) {
    const quoted = JSON.stringify(name);
    if (!isSafeOutputName(name)) return `input ${quoted} has a name that leads out of inputs/`;
    try {
      const found = await hashFile(join(paths.inputs, name));
      if (found.digest !== digest || found.size !== size) {
        return `input ${quoted} is ${found.digest} (${found.size} bytes), expected ${digest} (${size} bytes)`;
      }
    } catch (error) {
      return `input ${quoted} cannot be read: ${String(error)}`;
    }
  }
  return undefined;
}
