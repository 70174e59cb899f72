/**
 * A session with an SSH server: one or more connections that are made when they are needed and made again when they
 * broke. What was in flight when one breaks fails with `target.unreachable`; it is the caller who tries again.
 */
import type {SFTPWrapper} from 'ssh2';
import type {CommandRunner} from '../../target.ts';

export interface SshSession extends CommandRunner {
  /** An SFTP channel of the first connection, opened once and kept: for metadata and small files. */
  sftp(): Promise<SFTPWrapper>;
  /**
   * SFTP channels for bulk data: `connections` connections with `channels` channels each, opened once and kept.
   * Fewer come back when the server refuses more; at least one, else it is an error.
   */
  lanes(connections: number, channels: number): Promise<SFTPWrapper[]>;
  /** Round trip of the connection in milliseconds, measured after it was made; the smallest seen. */
  roundTripMs(): Promise<number>;
  /** Ends every connection. What is in flight fails. A closed session is not opened again. */
  close(): Promise<void>;
}
