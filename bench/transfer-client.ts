/**
 * Brings files home over SSH in a process of its own, and prints what that took as JSON: seconds from before the first
 * connection until everything is hashed and durable in the store, and the most memory that the process ever held. It
 * runs the build, says when it is ready, and begins at the first byte on stdin.
 */
import {once} from 'node:events';
import {homedir} from 'node:os';
import {hashBytes, type Digest} from '../src/cas/digest.ts';
import type * as sessions from '../src/runner/transports/ssh/make-session.ts';
import type * as transports from '../src/runner/transports/ssh/transport.ts';
import type * as workspaces from '../src/workspace/workspace.ts';

export interface TransferTask {
  port: number;
  user: string;
  userKey: string;
  knownHostsFile: string;
  workspace: string;
  /** One file is streamed, many are read together. */
  paths: string[];
  /** What they hash to there. */
  digests: Digest[];
}

export interface TransferResult {
  seconds: number;
  /** 10^6 bytes. */
  peakMegabytes: number;
  digests: Digest[];
}

/** Threads of sources would compile them first. */
async function built<T>(module: string): Promise<T> {
  return (await import(new URL(`../dist/${module}.js`, import.meta.url).href)) as T;
}

const {makeSshSession} = await built<typeof sessions>('runner/transports/ssh/make-session');
const {makeSshTransport} = await built<typeof transports>('runner/transports/ssh/transport');
const {openWorkspace} = await built<typeof workspaces>('workspace/workspace');
const task = JSON.parse(process.argv[2] ?? '') as TransferTask;
const workspace = await openWorkspace(task.workspace, {actor: 'bench'});
process.stdout.write('ready\n');
await once(process.stdin, 'data');
process.stdin.destroy();
const started = performance.now();
const session = makeSshSession({
  host: '127.0.0.1',
  port: task.port,
  user: task.user,
  key: task.userKey,
  home: homedir(),
  env: {},
  knownHostsFiles: [task.knownHostsFile],
});
const transport = makeSshTransport(session, workspace.store);
const digests = await bringHome(workspace, transport);
await session.close();
const seconds = (performance.now() - started) / 1000;
await workspace.close();
const peakMegabytes = (process.resourceUsage().maxRSS * 1024) / 1e6;
process.stdout.write(JSON.stringify({seconds, peakMegabytes, digests} satisfies TransferResult));

/** As collecting does it. */
async function bringHome(
  {store, leases}: workspaces.Workspace,
  files: transports.SshTransport,
): Promise<Digest[]> {
  const mediaType = 'application/octet-stream';
  const [path = '', ...others] = task.paths;
  return leases.hold('bench', async (lease) => {
    if (others.length === 0) {
      const size = (await files.sizeOf(path)) ?? 0;
      const openAt = (start: number): AsyncIterable<Uint8Array> => files.streamExactly({path, size}, start);
      const expected = {digest: task.digests[0] ?? hashBytes(Buffer.alloc(0)), size};
      return [(await store.pushResumable({openAt, mediaType, expected}, lease)).digest];
    }
    const items = [];
    for await (const {bytes} of files.readMany(task.paths))
      items.push({open: () => bytes ?? Buffer.alloc(0), mediaType});
    return (await store.pushAll(items, lease)).map(({digest}) => digest);
  });
}
