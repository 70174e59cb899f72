/**
 * A session of ssh2 as it is, for tests of what moves bytes: it accepts every host key and makes a broken connection
 * again at the next use. Counts its connections.
 */
import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import type {Client, SFTPWrapper} from 'ssh2';
import {CosmosError} from '../../../../src/errors.ts';
import type {SshSession} from '../../../../src/runner/transports/ssh/session.ts';
import type {ExecOptions, ExecResult} from '../../../../src/runner/target.ts';

export interface PlainOptions {
  port: number;
  user: string;
  userKey: string;
  /** Instead of the measured one. */
  roundTripMs?: number;
}

interface Connection {
  client: Client;
  channels: SFTPWrapper[];
  isBroken: boolean;
}

export class PlainSession implements SshSession {
  connectionsMade = 0;
  readonly #options: PlainOptions;
  #connections: Promise<Connection>[] = [];

  constructor(options: PlainOptions) {
    this.#options = options;
  }

  async sftp(): Promise<SFTPWrapper> {
    const [channel] = await this.lanes(1, 1);
    if (!channel) throw new Error('no channel');
    return channel;
  }

  async lanes(connections: number, channels: number): Promise<SFTPWrapper[]> {
    const lanes: SFTPWrapper[] = [];
    for (let index = 0; index < connections; index += 1) {
      const connection = await this.#connection(index);
      while (connection.channels.length < channels)
        connection.channels.push(await openChannel(connection.client));
      lanes.push(...connection.channels.slice(0, channels));
    }
    return lanes;
  }

  async roundTripMs(): Promise<number> {
    if (this.#options.roundTripMs !== undefined) return this.#options.roundTripMs;
    const sftp = await this.sftp();
    const started = performance.now();
    await new Promise((resolve) => sftp.realpath('/', resolve));
    return performance.now() - started;
  }

  async exec(argv: readonly string[], {stdin}: ExecOptions = {}): Promise<ExecResult> {
    const {client} = await this.#connection(0);
    const command = argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    return new Promise((resolve, reject) => {
      client.exec(command, (error, channel) => {
        if (error) {
          reject(error);
          return;
        }
        const result: ExecResult = {code: null, signal: null, stdout: '', stderr: ''};
        channel.on('data', (chunk: Buffer) => (result.stdout += chunk.toString()));
        channel.stderr.on('data', (chunk: Buffer) => (result.stderr += chunk.toString()));
        channel.on('exit', (code: number | null) => (result.code = code));
        channel.on('close', () => resolve(result));
        channel.end(stdin);
      });
    });
  }

  async close(): Promise<void> {
    const connections = await Promise.allSettled(this.#connections);
    for (const connection of connections)
      if (connection.status === 'fulfilled') connection.value.client.end();
  }

  async #connection(index: number): Promise<Connection> {
    const known = await this.#connections[index]?.catch(() => undefined);
    if (known && !known.isBroken) return known;
    const made = this.#connect();
    this.#connections[index] = made;
    return made;
  }

  async #connect(): Promise<Connection> {
    const {Client: SshClient} = (await import('ssh2')).default;
    const {port, user, userKey} = this.#options;
    const client = new SshClient();
    const connection: Connection = {client, channels: [], isBroken: false};
    const ready = once(client, 'ready');
    // Beside `ready`: a connection that is lost twice over says so twice.
    client.on('error', () => (connection.isBroken = true));
    client.on('close', () => (connection.isBroken = true));
    client.connect({host: '127.0.0.1', port, username: user, privateKey: await readFile(userKey)});
    try {
      await ready;
    } catch (error) {
      throw new CosmosError('target.unreachable', 'The server cannot be reached.', {cause: error});
    }
    client.setNoDelay(true);
    this.connectionsMade += 1;
    return connection;
  }
}

function openChannel(client: Client): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.sftp((error, sftp) => (error ? reject(error) : resolve(sftp)));
  });
}
