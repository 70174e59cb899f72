/** Everything that is wrong with what a person asked for, said at once. */
import {constants} from 'node:fs';
import {access, stat} from 'node:fs/promises';
import {CosmosError, isErrno} from '../errors.ts';

/** @throws CosmosError input.invalid when there is anything in the list */
export function refuseFindings(what: string, findings: readonly string[], hint: string): void {
  const [first] = findings;
  if (first === undefined) return;
  const message =
    findings.length === 1
      ? `${what}: ${first}`
      : `${what}: ${findings.length} things are wrong.\n${findings.map((finding) => `  - ${finding}`).join('\n')}`;
  throw new CosmosError('input.invalid', message, {hint, facts: {findings}});
}

/** Runs a check and turns its error into a finding. */
export async function findingOf<T>(findings: string[], check: () => Promise<T>): Promise<T | undefined> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof CosmosError)) throw error;
    findings.push(error.message);
    return undefined;
  }
}

/** Why a file cannot be an input, as the end of a sentence; undefined for one that can. */
export async function findUnreadable(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) return 'is not a file';
    await access(path, constants.R_OK);
    return undefined;
  } catch (error) {
    if (!isErrno(error)) throw error;
    return error.code === 'ENOENT' ? 'is not there' : `cannot be read (${error.code ?? ''})`;
  }
}
