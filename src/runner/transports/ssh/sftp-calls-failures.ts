/**
 * What the status codes of SFTP mean to people. Protocol version 3 has few of them: "failure" stands for a full disk
 * and for a name that is taken alike, so callers look again before they say which it was.
 */
import {CosmosError} from '../../../errors.ts';

export const STATUS = {
  endOfFile: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  unsupported: 8,
} as const;

/** Statuses by which a server tells that it lost what lies behind it. */
const NO_CONNECTION = [6, 7];

export function isStatus(error: unknown, ...statuses: number[]): boolean {
  if (!(error instanceof CosmosError)) return false;
  const status = error.facts['status'];
  return typeof status === 'number' && statuses.includes(status);
}

export function isUnreachable(error: unknown): boolean {
  return error instanceof CosmosError && error.code === 'target.unreachable';
}

/** An error of ssh2 as one that people can act on: with a status the server has refused, without one the connection broke. */
export function refusal(error: Error, action: string, path: string): CosmosError {
  const status = 'code' in error && typeof error.code === 'number' ? error.code : undefined;
  if (error instanceof CosmosError) return error;
  if (status === undefined || NO_CONNECTION.includes(status)) {
    return new CosmosError(
      'target.unreachable',
      `The connection broke: cannot ${action} ${path} on the target.`,
      {
        hint: 'Check the network and that the machine is up. What was done is kept; run the command again.',
        cause: error,
        facts: {path},
      },
    );
  }
  return new CosmosError(
    'target.failed',
    `Cannot ${action} ${path} on the target: ${wordsOf(status, error)}.`,
    {
      hint: hintOf(status),
      cause: error,
      facts: {path, status},
    },
  );
}

export function unanswered(action: string, path: string): CosmosError {
  return new CosmosError('target.unreachable', `The target does not answer: cannot ${action} ${path}.`, {
    hint: 'It may be overloaded, its disk may hang, or the network is cut. Try again once it answers.',
    facts: {path},
  });
}

export function stalled(path: string, stallMs: number): CosmosError {
  return new CosmosError(
    'target.unreachable',
    `No byte of ${path} moved for ${stallMs / 1000} s: the target does not answer.`,
    {
      hint: 'Check the network and that the machine is up. What was moved is kept where possible; run the command again.',
      facts: {path},
    },
  );
}

export function changedWhileRead(path: string, announced: number, found: number): CosmosError {
  return new CosmosError(
    'target.failed',
    `${path} changed while it was read: it has ${found} bytes instead of ${announced}.`,
    {
      hint: 'Something on the target still writes to it. Nothing of it was kept; find that program, then collect again.',
      facts: {path, expectedSize: announced, size: found},
    },
  );
}

/** A folder, link, pipe or device where a file should be; such a thing is never opened, as a pipe would block the server. */
export function notAFile(path: string): CosmosError {
  return new CosmosError('target.failed', `${path} on the target is not a regular file.`, {
    hint: 'Links, pipes and devices are never followed or read. Look at the job folder on the target.',
    facts: {path},
  });
}

export function diskFull(path: string, free: number | undefined): CosmosError {
  return new CosmosError('target.full', `No space left on the target for ${path}.`, {
    hint: 'Free some space there ("cosmos target clean" shows what is safe at home), then run the command again.',
    facts: {path, ...(free !== undefined && {free})},
  });
}

function wordsOf(status: number, error: Error): string {
  if (status === STATUS.noSuchFile) return 'there is no such file';
  if (status === STATUS.permissionDenied) return 'permission denied';
  if (status === STATUS.unsupported) return 'its SFTP server cannot do that';
  return JSON.stringify(error.message).slice(1, -1);
}

function hintOf(status: number): string {
  if (status === STATUS.permissionDenied)
    return 'Give the login user of the target access to it, or choose another root folder for the target.';
  if (status === STATUS.noSuchFile)
    return 'Somebody removed it on the target. Look at the root folder of the target before you try again.';
  return 'The target answered, but could not do it. Look at its disk and at the log of its SSH server.';
}
