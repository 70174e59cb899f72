import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {readFile, stat, writeFile} from 'node:fs/promises';
import type {AddressInfo, Server, Socket} from 'node:net';
import {connect, createServer} from 'node:net';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import type {SFTPWrapper} from 'ssh2';
import type {CosmosError} from '../../../../src/errors.ts';
import type {FaultProxy} from '../../../support/fault-proxy.ts';
import {startFaultProxy} from '../../../support/fault-proxy.ts';
import type {Sshd} from '../../../support/sshd.ts';
import {freePort, hasSshd, publicKeyOf, startSshd} from '../../../support/sshd.ts';
import {temporaryFolder} from '../../../support/temporary.ts';
import {closeSessions, optionsFor, sessionWith} from './ssh-bench.ts';

const SFTP_SERVER = '/usr/lib/openssh/sftp-server';

async function failureOf(promise: Promise<unknown>): Promise<CosmosError> {
  return await promise.then(
    () => assert.fail('it worked'),
    (error: unknown) => error as CosmosError,
  );
}

function realpath(sftp: SFTPWrapper, path = '.'): Promise<string> {
  return new Promise((resolve, reject) => {
    sftp.realpath(path, (error, found) => {
      if (error) reject(error);
      else resolve(found);
    });
  });
}

/** A server that does with each connection what it is told. */
async function serve(handle: (socket: Socket) => void): Promise<{port: number; stop: () => void}> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    handle(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe('makeSshSession', () => {
  let sshd: Sshd;
  let proxy: FaultProxy;
  /** Known under the port of the proxy too. */
  let knownHostsFiles: string[];

  before(async function () {
    if (!hasSshd()) this.skip();
    sshd = await startSshd();
  });
  beforeEach(async () => {
    proxy = await startFaultProxy({port: sshd.port});
    const file = join(await temporaryFolder('known'), 'known_hosts');
    await writeFile(
      file,
      `* ${publicKeyOf(sshd.hostKeys[0] ?? '')}\n[*]:* ${publicKeyOf(sshd.hostKeys[0] ?? '')}\n`,
    );
    knownHostsFiles = [file];
  });
  afterEach(async () => {
    await closeSessions();
    await proxy.close();
  });
  after(async () => {
    if (hasSshd()) await sshd.stop();
  });

  const through = (port: number, more = {}): ReturnType<typeof sessionWith> =>
    sessionWith(sshd, {port, knownHostsFiles, ...more});

  it('contacts nobody before it is used', async () => {
    const session = through(proxy.port);
    await pause(100);
    assert.equal(proxy.counters.connections, 0);
    await session.exec(['true']);
    assert.equal(proxy.counters.connections, 1);
  });

  it('shares one connection among all callers', async () => {
    const session = through(proxy.port);
    await Promise.all([
      ...Array.from({length: 8}, () => session.exec(['true'])),
      session.sftp(),
      session.roundTripMs(),
    ]);
    assert.equal(proxy.counters.connections, 1);
    assert.equal(await session.sftp(), await session.sftp());
  });

  it('fails what is under way when it breaks', async () => {
    const session = through(proxy.port);
    const sftp = await session.sftp();
    const running = [failureOf(session.exec(['sleep', '30'])), failureOf(session.exec(['sleep', '30']))];
    await pause(200);
    proxy.stall();
    running.push(failureOf(realpath(sftp)));
    proxy.cut();
    for (const failure of await Promise.all(running)) assert.equal(failure.code, 'target.unreachable');
    await pause(100);
    assert.equal((await failureOf(realpath(sftp))).code, 'target.unreachable');
  });

  it('does not take a closed channel for an end', async () => {
    const {Server} = (await import('ssh2')).default;
    const hostKeys = [await readFile(sshd.hostKeys[0] ?? '')];
    const server = new Server({hostKeys}, (client) => {
      client.on('error', () => undefined);
      client.on('authentication', (context) => context.accept());
      client.on('session', (accept) => {
        accept().on('exec', (acceptExec) => acceptExec().close());
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const {port} = server.address() as AddressInfo;
    const failure = await failureOf(through(port).exec(['true']));
    await closeSessions();
    server.close();
    assert.equal(failure.code, 'target.unreachable');
  });

  it('connects again after the connection broke', async () => {
    const session = through(proxy.port);
    const old = await session.sftp();
    sshd.killConnections();
    await failureOf(realpath(old));
    const found = await session.sftp();
    assert.notEqual(found, old);
    assert.ok((await realpath(found)).startsWith('/'));
    assert.equal((await session.exec(['echo', 'on'])).stdout, 'on\n');
  });

  it('waits for a server that restarts', async () => {
    const session = through(sshd.port);
    await session.exec(['true']);
    await sshd.stop();
    const later = pause(800).then(() => sshd.restart());
    await pause(50);
    assert.equal((await session.exec(['echo', 'back'])).stdout, 'back\n');
    await later;
  });

  it('gives up on a machine that stays away', async function () {
    this.timeout(30_000);
    const session = through(proxy.port);
    await session.exec(['true']);
    proxy.refuse();
    proxy.cut();
    await pause(50);
    const started = performance.now();
    assert.equal((await failureOf(session.exec(['true']))).code, 'target.unreachable');
    const seconds = (performance.now() - started) / 1000;
    assert.ok(seconds > 5 && seconds < 12, `${seconds} s`);
  });

  it('notices a line that fell silent', async () => {
    const session = through(proxy.port, {keepaliveMs: 100});
    const sftp = await session.sftp();
    const running = [failureOf(session.exec(['sleep', '30'])), failureOf(session.exec(['sleep', '30']))];
    proxy.stall();
    running.push(failureOf(realpath(sftp)));
    const started = performance.now();
    for (const failure of await Promise.all(running)) {
      assert.equal(failure.code, 'target.unreachable');
      assert.equal(failure.facts['reason'], 'silent');
    }
    assert.ok(performance.now() - started < 2000);
  });

  it('does not take a busy line for silent', async () => {
    const session = through(proxy.port, {keepaliveMs: 200});
    const sftp = await session.sftp();
    proxy.bytesPerSecond = 500_000;
    const path = join(sshd.home, 'slow');
    const handle = await new Promise<Buffer>((resolve, reject) => {
      sftp.open(path, 'w', (error, opened) => {
        if (error) reject(error);
        else resolve(opened);
      });
    });
    // All at once: a sign of life that is asked for now waits behind three seconds of bytes.
    const chunk = Buffer.alloc(100_000, 'x');
    const writes = Array.from(
      {length: 15},
      (_, index) =>
        new Promise<void>((resolve, reject) => {
          sftp.write(handle, chunk, 0, chunk.length, index * chunk.length, (error) => {
            if (error) reject(error);
            else resolve();
          });
        }),
    );
    await Promise.all(writes);
    assert.equal((await stat(path)).size, 15 * chunk.length);
  });

  it('blames the line when a program cannot answer', async () => {
    const session = through(proxy.port, {keepaliveMs: 300});
    await session.exec(['true']);
    proxy.stall();
    assert.equal((await failureOf(session.exec(['true'], {timeoutMs: 200}))).code, 'target.unreachable');
  });

  it('gives up on a server that never answers', async () => {
    const silent = await serve(() => undefined);
    const started = performance.now();
    const failure = await failureOf(through(silent.port, {connectTimeoutMs: 300}).exec(['true']));
    silent.stop();
    assert.equal(failure.code, 'target.unreachable');
    assert.match(failure.message, /does not answer/);
    assert.ok(performance.now() - started < 2000);
  });

  it('gives up on a server that stops in the login', async () => {
    const {port, stop} = await serve((socket) => {
      const server = connect({port: sshd.port, host: '127.0.0.1'}).on('error', () => undefined);
      let left = 1200;
      socket.pipe(server);
      server.on('data', (chunk: Buffer) => {
        socket.write(chunk.subarray(0, Math.max(0, left)));
        left -= chunk.length;
      });
      socket.on('close', () => server.destroy());
    });
    const failure = await failureOf(through(port, {connectTimeoutMs: 500}).exec(['true']));
    stop();
    assert.equal(failure.code, 'target.unreachable');
  });

  it('reads over text before the protocol', async () => {
    const {port, stop} = await serve((socket) => {
      socket.write('Welcome to the farm\r\nBe kind\r\n');
      const server = connect({port: sshd.port, host: '127.0.0.1'}).on('error', () => undefined);
      socket.pipe(server).pipe(socket);
    });
    const {stdout} = await through(port).exec(['echo', 'in']);
    await closeSessions();
    stop();
    assert.equal(stdout, 'in\n');
  });

  it('shows no banner to anybody', async () => {
    const file = join(sshd.folder, 'banner');
    await writeFile(file, 'No trespassing\n');
    const polite = await startSshd({config: [`Banner ${file}`]});
    try {
      const {stdout, stderr} = await sessionWith(polite).exec(['echo', 'in']);
      assert.deepEqual([stdout, stderr], ['in\n', '']);
    } finally {
      await closeSessions();
      await polite.stop();
    }
  });

  it('says that something else answers there', async () => {
    const {port, stop} = await serve((socket) => socket.write(`SSH-nonsense\r\n${'x'.repeat(40_000)}`));
    const failure = await failureOf(through(port).exec(['true']));
    stop();
    assert.equal(failure.code, 'target.failed');
    assert.match(failure.message, /no SSH server/);
  });

  it('says at once that nothing listens', async () => {
    const started = performance.now();
    const failure = await failureOf(through(await freePort()).exec(['true']));
    assert.equal(failure.code, 'target.unreachable');
    assert.equal(failure.facts['reason'], 'refused');
    assert.ok(performance.now() - started < 1000);
  });

  it('opens lanes once and keeps them', async () => {
    const session = through(proxy.port);
    const lanes = await session.lanes(3, 2);
    assert.equal(new Set(lanes).size, 6);
    assert.equal(proxy.counters.connections, 3);
    assert.deepEqual(await session.lanes(3, 2), lanes);
    assert.ok(!lanes.includes(await session.sftp()));
    assert.equal(proxy.counters.connections, 3);
    sshd.killConnections();
    await Promise.all(lanes.map((lane) => failureOf(realpath(lane))));
    const again = await session.lanes(3, 2);
    await Promise.all(again.map((lane) => realpath(lane)));
    assert.equal(new Set([...again, ...lanes]).size, 12);
  });

  it('takes the lanes that it can get', async () => {
    const session = through(proxy.port);
    await session.exec(['true']);
    proxy.refuse();
    assert.equal((await session.lanes(4, 2)).length, 2);
  });

  it('does not knock several times when it is refused', async () => {
    const session = through(proxy.port, {user: 'nobody-here'});
    assert.equal((await failureOf(session.lanes(3, 1))).code, 'target.refused');
    assert.equal(proxy.counters.connections, 1);
  });

  it('measures the round trip of the line', async () => {
    proxy.delayMs = 20;
    const session = through(proxy.port);
    const ms = await session.roundTripMs();
    assert.ok(ms >= 39 && ms < 80, `${ms} ms`);
  });

  it('closes and stays closed', async () => {
    const session = through(proxy.port);
    const sftp = await session.sftp();
    const running = failureOf(session.exec(['sleep', '30']));
    await pause(100);
    await session.close();
    assert.equal((await running).code, 'target.unreachable');
    assert.equal((await failureOf(session.exec(['true']))).code, 'target.unreachable');
    assert.equal((await failureOf(realpath(sftp))).code, 'target.unreachable');
    assert.equal(proxy.counters.connections, 1);
  });

  it('closes while it connects', async () => {
    proxy.stall();
    const session = through(proxy.port);
    const running = failureOf(session.exec(['true']));
    await pause(200);
    await session.close();
    assert.equal((await running).code, 'target.unreachable');
  });

  it('keeps no process alive once closed', async function () {
    this.timeout(30_000);
    const url = new URL('../../../../src/runner/transports/ssh/make-session.ts', import.meta.url).href;
    const options = {...optionsFor(sshd), env: {}};
    const program = `
      const {makeSshSession} = await import(${JSON.stringify(url)});
      const session = makeSshSession(${JSON.stringify(options)});
      await session.lanes(2, 2); await session.sftp(); await session.exec(['true']);
      await session.close();
      console.log('closed');`;
    const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let closedAt = Number.NaN;
    child.stdout.once('data', () => (closedAt = performance.now()));
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 0);
    assert.ok(performance.now() - closedAt < 1500);
  });
});

describe('sftp', () => {
  let sshd: Sshd;

  before(async function () {
    if (!hasSshd() || !existsSync(SFTP_SERVER)) this.skip();
    sshd = await startSshd({config: [`Subsystem sftp ${SFTP_SERVER}`]});
  });
  afterEach(closeSessions);
  after(async () => {
    if (hasSshd() && existsSync(SFTP_SERVER)) await sshd.stop();
  });

  /** The file servers of the connections. */
  function fileServers(): number[] {
    const rows = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,comm='], {encoding: 'utf8'})
      .trim()
      .split('\n')
      .map((row) => row.trim().split(/\s+/));
    const below = (parent: number): string[][] =>
      rows.filter((row) => Number(row[1]) === parent).flatMap((row) => [row, ...below(Number(row[0]))]);
    return below(sshd.pid ?? -1)
      .filter((row) => row[2] === 'sftp-server')
      .map((row) => Number(row[0]));
  }

  it('gives up on a file server that hangs', async () => {
    const session = sessionWith(sshd, {requestTimeoutMs: 300});
    const sftp = await session.sftp();
    const [pid] = fileServers();
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGSTOP');
    const failures = await Promise.all([failureOf(realpath(sftp)), failureOf(realpath(sftp, '/'))]);
    process.kill(pid, 'SIGKILL');
    for (const failure of failures) {
      assert.equal(failure.code, 'target.unreachable');
      assert.match(failure.message, /has not answered a file request/);
    }
    assert.ok((await realpath(await session.sftp())).startsWith('/'));
  });

  it('fails what is under way when the file server dies', async () => {
    const session = sessionWith(sshd);
    const sftp = await session.sftp();
    const [pid] = fileServers();
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGSTOP');
    const running = failureOf(realpath(sftp));
    await pause(50);
    process.kill(pid, 'SIGKILL');
    assert.equal((await running).code, 'target.unreachable');
    assert.equal((await session.exec(['echo', 'on'])).stdout, 'on\n');
  });

  it('hands on what the server refuses', async () => {
    const sftp = await sessionWith(sshd).sftp();
    const failure = await failureOf(
      new Promise((resolve, reject) => {
        sftp.stat('/no/such/file', (error, found) => {
          if (error) reject(error);
          else resolve(found);
        });
      }),
    );
    assert.equal(Number(failure.code), 2);
  });

  it('says that a server has no files to offer', async () => {
    const bare = await startSshd({config: ['Subsystem sftp /no/such/program']});
    try {
      assert.equal((await failureOf(sessionWith(bare).sftp())).code, 'target.failed');
    } finally {
      await closeSessions();
      await bare.stop();
    }
  });
});
