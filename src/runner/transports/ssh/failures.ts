/**
 * What ssh2 and the network say, as errors that people can act on. `facts.reason` of `target.unreachable` tells the
 * ways apart: only a connection that was there and got lost is worth another try at once.
 */
import {CosmosError, isErrno} from '../../../errors.ts';

export type Reason = 'lost' | 'refused' | 'timeout' | 'unknown-name' | 'no-route' | 'silent' | 'closed';

/** Of an error of ssh2's client; `agent` and `client-authentication` are followed by the next try. */
export interface ClientError extends Error {
  level?: string;
  code?: string | number;
}

export function unreachable(reason: Reason, message: string, cause?: unknown): CosmosError {
  return new CosmosError('target.unreachable', message, {
    hint: HINTS[reason],
    ...(cause !== undefined && {cause}),
    facts: {reason},
  });
}

const HINTS: Record<Reason, string> = {
  lost: 'Check the network and that the machine is up, then run the command again: it carries on where it was.',
  refused: 'Check the port, that the machine is up, and that its SSH server runs.',
  timeout: 'Check that the machine is up, and that no firewall is in between.',
  'unknown-name': 'Check the name of the host, and that you are online.',
  'no-route': 'Check that you are online, and the address of the host.',
  silent:
    'Check the network and that the machine is up, then run the command again: it carries on where it was.',
  closed: 'Run the command again.',
};

const ERRNO: Record<string, [Reason, string]> = {
  ECONNREFUSED: ['refused', 'takes no connections'],
  ENOTFOUND: ['unknown-name', 'is not the name of a host that can be found'],
  EAI_AGAIN: ['unknown-name', 'cannot be looked up now'],
  EHOSTUNREACH: ['no-route', 'cannot be reached from here'],
  ENETUNREACH: ['no-route', 'cannot be reached from here'],
  ETIMEDOUT: ['timeout', 'does not answer'],
};

/** @param isLoggedIn what breaks after the login is always a lost connection */
export function explain(error: ClientError, label: string, isLoggedIn: boolean): CosmosError {
  const [reason, words] = ERRNO[isErrno(error) ? (error.code ?? '') : ''] ?? [];
  if (reason !== undefined) return unreachable(reason, `${label} ${words}.`, error);
  if (isLoggedIn || isErrno(error)) return lost(label, error);
  if (error.level === 'handshake') {
    return new CosmosError('target.failed', `Cannot agree with ${label} on how to talk: ${error.message}.`, {
      hint: 'Its SSH server is too old or too odd. Update it, or allow one of the usual algorithms there.',
      cause: error,
    });
  }
  if (/identification|greeting|Header|header/.test(error.message)) {
    return new CosmosError('target.failed', `What answers at ${label} is no SSH server.`, {
      hint: 'Check the port of the target.',
      cause: error,
    });
  }
  return lost(label, error);
}

export function lost(label: string, cause?: Error): CosmosError {
  const said = cause === undefined ? '' : `: ${cause.message}`;
  return unreachable('lost', `The connection to ${label} was lost${said}.`, cause);
}

export function closed({label}: {label: string}): CosmosError {
  return unreachable('closed', `The connection to ${label} was closed.`);
}

export function isUnreachableBecause(error: unknown, ...reasons: Reason[]): boolean {
  if (!(error instanceof CosmosError) || error.code !== 'target.unreachable') return false;
  return reasons.length === 0 || reasons.some((reason) => reason === error.facts['reason']);
}

/** The server has refused a channel and keeps the connection: MaxSessions, for one. */
export function channelRefused(label: string, cause: Error): CosmosError {
  return new CosmosError(
    'target.failed',
    `${label} allows no more sessions at the same time: ${cause.message}.`,
    {
      hint: 'Raise MaxSessions in its sshd_config, or end other sessions there.',
      cause,
      facts: {reason: 'channel'},
    },
  );
}

export function isChannelRefused(error: unknown): boolean {
  return (
    error instanceof CosmosError && error.code === 'target.failed' && error.facts['reason'] === 'channel'
  );
}

/** An error of opening a channel: with a reason of RFC 4254 section 5.1 the server refused it, else the connection broke. */
export function explainChannel(error: Error, label: string): CosmosError {
  if (error instanceof CosmosError) return error;
  if ('reason' in error && typeof error.reason === 'number') return channelRefused(label, error);
  if (/No response|Not connected/.test(error.message)) return lost(label, error);
  return new CosmosError('target.failed', `${label} cannot do it: ${error.message}.`, {
    hint: 'Look at the log of its SSH server.',
    cause: error,
  });
}
