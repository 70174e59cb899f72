/** What tests of moving bytes share: a real server, a transport to it, files with known bytes. */
import {randomBytes} from 'node:crypto';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {readAll} from '../../../../src/cas/verified-read.ts';
import {CosmosError} from '../../../../src/errors.ts';
import {makeSshTransport, type SshTransport} from '../../../../src/runner/transports/ssh/transport.ts';
import type {Workspace} from '../../../../src/workspace/workspace.ts';
import {startFaultProxy, type FaultProxy} from '../../../support/fault-proxy.ts';
import {startSshd, type Sshd} from '../../../support/sshd.ts';
import {temporaryFolder} from '../../../support/temporary.ts';
import {closeWorkspaces, newWorkspace} from '../../../support/workspace.ts';
import {PlainSession} from './plain-session.ts';

/** A server without any extension, as other implementations than OpenSSH's are. */
export const BARE_SERVER =
  'Subsystem sftp internal-sftp -P posix-rename,hardlink,fsync,limits,copy-data,statvfs';
export const READ_ONLY_SERVER = 'Subsystem sftp internal-sftp -R';

export interface TransferBench {
  sshd: Sshd;
  proxy: FaultProxy;
  session: PlainSession;
  workspace: Workspace;
  transport: SshTransport;
  /** Plays the target's root folder. */
  root: string;
  /** One more client of the same target. */
  join: (workspace: Workspace) => {session: PlainSession; transport: SshTransport};
  close: () => Promise<void>;
}

const started = new Set<TransferBench>();

/** Ends every bench of the file that is still there. */
export async function closeTransfers(): Promise<void> {
  for (const bench of started) await bench.close();
  await closeWorkspaces();
}

export async function startTransfers(
  options: {config?: string; roundTripMs?: number; root?: string} = {},
): Promise<TransferBench> {
  const sshd = await startSshd({config: options.config === undefined ? [] : [options.config]});
  const proxy = await startFaultProxy({port: sshd.port});
  const root = options.root ?? (await temporaryFolder('root'));
  for (const folder of ['jobs/one/inputs', 'blobs']) await mkdir(join(root, folder), {recursive: true});
  const sessions: PlainSession[] = [];
  const connect = (workspace: Workspace): {session: PlainSession; transport: SshTransport} => {
    const {user, userKey} = sshd;
    const roundTripMs = options.roundTripMs ?? 1;
    const session = new PlainSession({port: proxy.port, user, userKey, roundTripMs});
    sessions.push(session);
    return {session, transport: makeSshTransport(session, workspace.store)};
  };
  const workspace = await newWorkspace();
  const close = async (): Promise<void> => {
    started.delete(bench);
    for (const session of sessions) await session.close();
    await proxy.close();
    await sshd.stop();
  };
  const bench = {sshd, proxy, workspace, root, join: connect, close, ...connect(workspace)};
  started.add(bench);
  return bench;
}

export async function writeRandom(path: string, sizeBytes: number): Promise<Buffer> {
  const bytes = randomBytes(sizeBytes);
  await writeFile(path, bytes);
  return bytes;
}

/** The bytes of a stream; `onChunk` is told how many there are so far. */
export async function drain(
  stream: AsyncIterable<Uint8Array>,
  onChunk: (total: number) => unknown = () => undefined,
): Promise<Buffer> {
  let total = 0;
  const watched = async function* (): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of stream) {
      yield chunk;
      total += chunk.length;
      await onChunk(total);
    }
  };
  return readAll(watched());
}

/** For assert.rejects: an error of this code whose message matches. */
export function failsWith(code: string, message = /./): (error: unknown) => boolean {
  return (error) => error instanceof CosmosError && error.code === code && message.test(error.message);
}
