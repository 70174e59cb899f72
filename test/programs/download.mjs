// node download.mjs WORKSPACE FILE DIGEST SIZE PORT USER KEY KNOWN_HOSTS
// Brings one file of a server into a store through the built transport, as a client without anything else in its heap.
import {readFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {makeSshSession} from '../../dist/runner/transports/ssh/make-session.js';
import {makeSshTransport} from '../../dist/runner/transports/ssh/transport.js';
import {openWorkspace} from '../../dist/workspace/workspace.js';

const [root, path, wanted, size, port, user, key, knownHostsFile] = process.argv.slice(2);
const workspace = await openWorkspace(root, {actor: 'test'});
const session = makeSshSession({
  host: '127.0.0.1',
  port: Number(port),
  user,
  key,
  home: homedir(),
  env: {},
  knownHostsFiles: [knownHostsFile],
});
const {stream} = makeSshTransport(session, workspace.store);
const item = {
  openAt: (start) => stream(path, start),
  mediaType: 'video/mp4',
  expected: {digest: wanted, size: Number(size)},
};
const {digest} = await workspace.leases.hold('test', (lease) => workspace.store.pushResumable(item, lease));
await session.close();
await workspace.close();
// The system's count: what getrusage tells begins with the memory of the parent process.
const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(await readFile('/proc/self/status', 'utf8'));
console.log(JSON.stringify({digest, peakMegabytes: (Number(kilobytes) * 1024) / 1e6}));
