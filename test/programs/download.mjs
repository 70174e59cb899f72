// node download.mjs WORKSPACE FILE PORT USER KEY KNOWN_HOSTS
// Brings one file of a server into a store through the built transport, as a client without anything else in its heap.
import {homedir} from 'node:os';
import {makeSshSession} from '../../dist/runner/transports/ssh/make-session.js';
import {makeSshTransport} from '../../dist/runner/transports/ssh/transport.js';
import {openWorkspace} from '../../dist/workspace/workspace.js';

const [root, path, port, user, key, knownHostsFile] = process.argv.slice(2);
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
const {digest} = await workspace.store.push(stream(path), {mediaType: 'video/mp4'});
await session.close();
await workspace.close();
console.log(JSON.stringify({digest, peakMegabytes: (process.resourceUsage().maxRSS * 1024) / 1e6}));
