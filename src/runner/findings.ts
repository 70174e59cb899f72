/** Everything that is wrong with what a person asked for, said at once. */
import {CosmosError} from '../errors.ts';

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
