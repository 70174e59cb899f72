/** Sessions for tests: made with a server's own keys, closed when the test ends. */
import type {SshTargetOptions} from '../../../../src/runner/transports/ssh/options.ts';
import {makeSshSession} from '../../../../src/runner/transports/ssh/make-session.ts';
import type {SshSession} from '../../../../src/runner/transports/ssh/session.ts';
import type {Sshd} from '../../../support/sshd.ts';

const opened: SshSession[] = [];

export function optionsFor(sshd: Sshd, more: Partial<SshTargetOptions> = {}): SshTargetOptions {
  return {
    name: 'box',
    host: '127.0.0.1',
    port: sshd.port,
    key: sshd.userKey,
    home: sshd.home,
    env: {},
    knownHostsFiles: [sshd.knownHostsFile],
    ...more,
  };
}

export function sessionWith(sshd: Sshd, more: Partial<SshTargetOptions> = {}): SshSession {
  const session = makeSshSession(optionsFor(sshd, more));
  opened.push(session);
  return session;
}

/** For afterEach. */
export async function closeSessions(): Promise<void> {
  await Promise.all(opened.splice(0).map((session) => session.close()));
}
