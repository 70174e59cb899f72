/** Bytes to stdout, at the pace of whoever reads them. */
import {CosmosError, isErrno} from '../errors.ts';

/** @returns false once the reader has left, as in `cosmos logs | head` @throws CosmosError output.failed */
export function writeOut(chunk: Uint8Array): Promise<boolean> {
  return new Promise((resolve, reject) => {
    process.stdout.write(chunk, (error) => {
      if (!error) resolve(true);
      else if (isErrno(error, 'EPIPE', 'ERR_STREAM_DESTROYED')) resolve(false);
      else reject(outputFailed(error));
    });
  });
}

function outputFailed(error: Error): CosmosError {
  const code = isErrno(error) ? ` (${error.code ?? ''})` : '';
  return new CosmosError('output.failed', `The output could not be written${code}: what arrived is not whole.`, {
    hint: 'Check the file or program that the output goes to, such as its free space, then run the command again.',
    cause: error,
  });
}
