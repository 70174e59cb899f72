/** Bytes to stdout, and what happens when they cannot be written. */
import {CosmosError, EXIT, isErrno} from '../errors.ts';
import {textOf} from './error-output.ts';

/** At the pace of whoever reads. @returns false when nobody reads any more; see ownOutputErrors for the reason */
export function writeOut(chunk: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    process.stdout.write(chunk, (error) => resolve(!error));
  });
}

/**
 * A reader that leaves, as in `cosmos list | head`, is no failure and ends in silence. Anything else, such as a full disk
 * behind `> file`, is an error: what arrived is not whole. Replaces oclif's own listener, which throws.
 */
export function ownOutputErrors(): void {
  process.stdout.removeAllListeners('error');
  let isSaid = false;
  process.stdout.on('error', (error: Error) => {
    if (isSaid || isErrno(error, 'EPIPE')) return;
    isSaid = true;
    process.exitCode = EXIT.failure;
    process.stderr.write(textOf(outputFailed(error)));
  });
}

function outputFailed(error: Error): CosmosError {
  const code = isErrno(error) ? ` (${error.code ?? ''})` : '';
  return new CosmosError(
    'output.failed',
    `The output could not be written${code}: what arrived is not whole.`,
    {
      hint: 'Check the file or program that the output goes to, such as its free space, then run the command again.',
      cause: error,
    },
  );
}
