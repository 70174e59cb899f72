/**
 * What LMDB says of a disk that fails, in words for people. Its writing thread tells of a failed commit three times: as a
 * rejection without a reason, as a promise of the reason beside it, and printed with a stack trace.
 */
import {constants} from 'node:os';
import {CosmosError} from '../../errors.ts';
import {explainWriteError} from '../../platform/publish.ts';

/** LMDB's own errors are negative numbers, the system's positive ones. */
export function isLmdbError(error: unknown): boolean {
  return hasNumber(error) && error.code < 0;
}

/** The reason of a failed commit; any other error is its own. Source: lmdb 3.5, write.js, rejectCommit. */
export async function reasonOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  return Promise.resolve(error.commitError).then(
    () => error,
    (reason: unknown) => reason,
  );
}

/** LMDB gives the number of a system error, not its name. */
export function explainCatalogError(error: unknown, folder: string): unknown {
  if (!(error instanceof Error) || error instanceof CosmosError) return error;
  if (isLmdbError(error)) return damagedCatalog(error, folder);
  const number = 'code' in error ? error.code : undefined;
  const name = Object.entries(constants.errno).find(([, value]) => value === number)?.[0];
  if (name === undefined) return explainWriteError(error, folder);
  return explainWriteError(Object.assign(new Error(error.message, {cause: error}), {code: name}), folder);
}

function damagedCatalog(cause: Error, folder: string): CosmosError {
  return new CosmosError('catalog.failed', `LMDB cannot use the catalog: ${cause.message}.`, {
    hint: 'Nothing that matters is only there. Run cosmos index rebuild, then the command again.',
    cause,
    facts: {catalog: folder},
  });
}

/** Errors of LMDB are said once, by the command that failed: what LMDB prints of them beside that is left out. */
export function hushReports(): void {
  if (isHushed) return;
  isHushed = true;
  const print = console.error.bind(console);
  console.error = (...words: unknown[]) => {
    const [first] = words;
    if (words.length === 1 && hasNumber(first) && first.stack?.includes('lmdb')) return;
    print(...words);
  };
}

let isHushed = false;

function hasNumber(error: unknown): error is Error & {code: number} {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}
