import {CosmosError, isErrno} from '../errors.ts';

/**
 * Reads a file that a person named.
 * @param hint what they should do when it cannot be read
 * @throws CosmosError file.unreadable
 */
export async function readGivenFile<T>(path: string, hint: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw new CosmosError('file.unreadable', `Cannot read ${path} (${error.code ?? ''}).`, {
      hint,
      cause: error,
      facts: {path},
    });
  }
}
