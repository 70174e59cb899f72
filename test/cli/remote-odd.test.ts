import assert from 'node:assert/strict';
import {once} from 'node:events';
import {writeFile} from 'node:fs/promises';
import {connect, createServer, type AddressInfo, type Server, type Socket} from 'node:net';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {
  cosmosAt,
  endBoxes,
  makeBox,
  onlyRun,
  processesBelow,
  runArgs,
  runDetached,
  showRun,
  succeed,
  useSshd,
} from '../support/remote.ts';
import {startSshd} from '../support/sshd.ts';
import {sha256} from '../support/workspaces.ts';

describe('a box that talks oddly', function () {
  this.timeout(60_000);

  const servers: {server: Server; sockets: Set<Socket>}[] = [];

  const sshd = useSshd();

  afterEach(async () => {
    await endBoxes();
    for (const {server, sockets} of servers.splice(0)) {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });

  /** @returns the port of a server that does this with every connection */
  async function listen(answer: (socket: Socket) => void): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      answer(socket);
    }).listen(0, '127.0.0.1');
    servers.push({server, sockets});
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  it('by silence keeps nobody waiting for long', async () => {
    const box = await makeBox({sshd: sshd()});
    const {id} = await runDetached(box, 'wait');
    await succeed(box, ['target', 'set', 'box', `port=${await listen(() => undefined)}`]);
    const began = performance.now();
    await succeed(box, ['status', '--wait', '2']);
    assert.ok(performance.now() - began < 8000, String(performance.now() - began));
    const {code, stderr} = await cosmosAt(box, ['target', 'check', 'box']);
    assert.equal(code, 13);
    assert.match(stderr, /target\.unreachable/);
    assert.ok(performance.now() - began < 35_000);
    assert.equal((await showRun(box, id)).status, 'running');
  });

  it('with another protocol is told so', async () => {
    const box = await makeBox({sshd: sshd()});
    const port = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await succeed(box, ['target', 'set', 'box', `port=${port}`]);
    const {code, stderr} = await cosmosAt(box, ['target', 'check', 'box']);
    assert.equal(code, 13);
    assert.match(stderr, /no SSH server|was lost/);
  });

  it('before the protocol and at login is understood', async () => {
    const chatty = await startSshd({config: ['Banner /etc/hostname']});
    try {
      await writeFile(join(chatty.home, '.bashrc'), 'echo "welcome to the box"\n');
      const port = await listen((socket) => {
        socket.write('This machine is watched.\r\nBe good.\r\n');
        const server = connect({port: chatty.port, host: '127.0.0.1'});
        server.on('error', () => undefined);
        socket.pipe(server).pipe(socket);
        socket.once('close', () => server.destroy());
      });
      const box = await makeBox({sshd: chatty, port});
      const {code, stderr} = await cosmosAt(box, runArgs('copy'));
      assert.equal(code, 0, stderr);
    } finally {
      await chatty.stop();
    }
  });
});

describe('a job that makes very much', function () {
  this.timeout(90_000);

  const sshd = useSshd();

  it('of log is stopped, and its log kept', async () => {
    const box = await makeBox({sshd: sshd()});
    const {id} = await runDetached(box, 'noise');
    await sleep(2000);
    await succeed(box, ['cancel', id]);
    const run = await showRun(box, id);
    assert.equal(run.status, 'cancelled');
    assert.deepEqual(processesBelow(box.root), []);
    assert.ok((run.log?.size ?? 0) > 100_000);
    assert.match(await succeed(box, ['logs', id]), /^job: noise\na line that says nothing/);
  });

  it('of files brings home every one of 20,000', async () => {
    const box = await makeBox({sshd: sshd()});
    await succeed(box, runArgs('many'));
    const run = await showRun(box, await onlyRun(box));
    assert.equal(run.status, 'completed');
    assert.equal(run.outputs.length, 20_001);
    const last = run.outputs.find(({name}) => name === 'frames/20000.txt');
    assert.equal(last?.digest, `sha256:${sha256(Buffer.from('frame 20000\n'))}`);
  });
});
