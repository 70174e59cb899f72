/**
 * SFTP channels that never leave a caller waiting. ssh2 drops requests that are made once the connection broke, without
 * a word; here every request ends: with its answer, or with `target.unreachable` when the connection broke or nothing at
 * all came back on the channel for too long.
 */
import type {SFTPWrapper} from 'ssh2';
import {CosmosError} from '../../../errors.ts';
import type {Connection} from './connection.ts';
import {explainChannel, lost, unreachable} from './failures.ts';

/** What asks the server once and calls back; ssh2 makes all its other functions of these. */
const REQUESTS = [
  ...[
    'open',
    'close',
    'read',
    'write',
    'opendir',
    'readdir',
    'stat',
    'lstat',
    'fstat',
    'setstat',
    'fsetstat',
  ],
  ...['unlink', 'rename', 'mkdir', 'rmdir', 'readlink', 'symlink', 'realpath', 'ext_openssh_rename'],
  ...['ext_openssh_statvfs', 'ext_openssh_fstatvfs', 'ext_openssh_hardlink', 'ext_openssh_lsetstat'],
  ...['ext_openssh_fsync', 'ext_copy_data', 'ext_openssh_expand_path', 'ext_home_dir', 'ext_users_groups'],
];

/** The server answers these when its disk is done, which may take long after many bytes. */
const SLOW = new Set(['ext_openssh_fsync', 'ext_copy_data', 'close']);
const SLOW_FACTOR = 10;

type Answer = (error: Error | null | undefined, ...values: unknown[]) => void;
type Call = (...words: unknown[]) => unknown;

interface Pending {
  answer: Answer;
  limitMs: number;
}

/** @throws CosmosError target.unreachable, target.failed */
export async function openSftp(connection: Connection, timeoutMs: number): Promise<SftpChannel> {
  const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(unreachable('silent', `${connection.label} does not open an SFTP channel.`)),
      timeoutMs,
    );
    const forget = connection.onEnd((failure) => {
      clearTimeout(timer);
      reject(failure);
    });
    if (connection.failure !== undefined) return;
    try {
      connection.client.sftp((error, channel) => {
        clearTimeout(timer);
        forget();
        if (error) reject(explainOpening(error, connection.label));
        else resolve(channel);
      });
    } catch (error) {
      connection.end(lost(connection.label, error as Error));
    }
  });
  return new SftpChannel(sftp, connection, timeoutMs);
}

function explainOpening(error: Error, label: string): CosmosError {
  if (!/[Pp]acket|subsystem|SFTP|exit code/.test(error.message)) return explainChannel(error, label);
  return new CosmosError('target.failed', `${label} offers no SFTP: ${error.message}.`, {
    hint: 'Its sshd_config needs a "Subsystem sftp" line; or a start-up file of the login shell prints something.',
    cause: error,
  });
}

export class SftpChannel {
  readonly sftp: SFTPWrapper;
  failure: CosmosError | undefined;
  readonly #connection: Connection;
  readonly #timeoutMs: number;
  readonly #pending = new Set<Pending>();
  #timer: NodeJS.Timeout | undefined;
  #heardAt = 0;

  constructor(sftp: SFTPWrapper, connection: Connection, timeoutMs: number) {
    this.sftp = sftp;
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
    const calls = sftp as unknown as Record<string, Call | undefined>;
    for (const name of REQUESTS) {
      const call = calls[name];
      if (call !== undefined) calls[name] = this.#guard(name, call.bind(sftp));
    }
    connection.onEnd((failure) => this.end(failure));
    sftp.on('close', () => this.end(lost(connection.label)));
    sftp.on('end', () => this.end(lost(connection.label)));
    sftp.on('error', (error: Error) => this.end(lost(connection.label, error)));
  }

  /** Fails what is under way, and everything that is asked from now on. */
  end(failure: CosmosError): void {
    if (this.failure !== undefined) return;
    this.failure = failure;
    clearTimeout(this.#timer);
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const {answer} of pending) answer(failure);
    if (this.#connection.failure === undefined) this.sftp.end();
  }

  #guard(name: string, call: Call): Call {
    const limitMs = SLOW.has(name) ? this.#timeoutMs * SLOW_FACTOR : this.#timeoutMs;
    return (...words) => {
      const answer = words.pop();
      if (typeof answer !== 'function') return call(...words, answer);
      const pending: Pending = {answer: answer as Answer, limitMs};
      if (this.failure !== undefined) {
        process.nextTick(pending.answer, this.failure);
        return false;
      }
      this.#add(pending);
      try {
        return call(...words, (error: Error | undefined, ...values: unknown[]) => {
          this.#settle(pending, error, values);
        });
      } catch (error) {
        // Wrong words, or an extension that the server does not offer: nothing was asked.
        this.#pending.delete(pending);
        throw error;
      }
    };
  }

  #add(pending: Pending): void {
    if (this.#pending.size === 0) this.#heardAt = performance.now();
    this.#pending.add(pending);
    this.#timer ??= setTimeout(() => this.#look(), this.#timeoutMs);
  }

  #settle(pending: Pending, error: Error | undefined, values: unknown[]): void {
    this.#heardAt = performance.now();
    if (!this.#pending.delete(pending)) return;
    // An answer of the server has a status; without one ssh2 has given up.
    const isAnswer = error === undefined || 'code' in error;
    pending.answer(isAnswer ? error : (this.failure ?? lost(this.#connection.label, error)), ...values);
  }

  /** Many requests may wait for each other: the channel is dead only when nothing at all was heard. */
  #look(): void {
    this.#timer = undefined;
    if (this.#pending.size === 0) return;
    const limitMs = Math.max(...[...this.#pending].map((pending) => pending.limitMs));
    const leftMs = limitMs - (performance.now() - this.#heardAt);
    if (leftMs > 0) {
      this.#timer = setTimeout(() => this.#look(), Math.max(1, leftMs));
      return;
    }
    const {label} = this.#connection;
    this.end(unreachable('silent', `${label} has not answered a file request for ${limitMs / 1000} s.`));
  }
}
