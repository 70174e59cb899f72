import assert from 'node:assert/strict';
import {once} from 'node:events';
import type {AddressInfo, Server, Socket} from 'node:net';
import {connect, createServer} from 'node:net';
import {setTimeout as pause} from 'node:timers/promises';
import type {FaultProxy} from '../../../support/fault-proxy.ts';
import {startFaultProxy} from '../../../support/fault-proxy.ts';

describe('startFaultProxy', () => {
  let server: Server;
  let proxy: FaultProxy;
  const clients: Socket[] = [];

  beforeEach(async () => {
    server = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    proxy = await startFaultProxy({port: (server.address() as AddressInfo).port});
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await proxy.close();
    server.close();
  });

  async function join(): Promise<Socket> {
    const client = connect({port: proxy.port, host: '127.0.0.1'}).on('error', () => undefined);
    clients.push(client);
    await once(client, 'connect');
    return client;
  }

  /** Milliseconds until that many bytes came back. */
  async function echo(client: Socket, bytes: number): Promise<number> {
    const started = performance.now();
    client.write(Buffer.alloc(bytes));
    let seen = 0;
    for await (const chunk of client.iterator({destroyOnReturn: false})) {
      seen += (chunk as Buffer).length;
      if (seen >= bytes) break;
    }
    return performance.now() - started;
  }

  it('delays both ways without a loss of throughput', async () => {
    proxy.delayMs = 40;
    const client = await join();
    const small = await echo(client, 1);
    assert.ok(small >= 79 && small < 120, `${small} ms`);
    const large = await echo(client, 16 << 20);
    assert.ok(large < 1500, `${large} ms`);
    assert.deepEqual(proxy.counters, {connections: 1, bytesUp: 1 + (16 << 20), bytesDown: 1 + (16 << 20)});
  });

  it('caps the line of all connections together', async () => {
    proxy.bytesPerSecond = 2_000_000;
    const times = await Promise.all([await join(), await join()].map((client) => echo(client, 500_000)));
    const slowest = Math.max(...times);
    assert.ok(slowest > 450 && slowest < 900, `${slowest} ms`);
  });

  it('stalls and resumes without a loss', async () => {
    const client = await join();
    await echo(client, 1);
    proxy.stall();
    const waiting = echo(client, 100_000);
    await pause(150);
    proxy.resume();
    assert.ok((await waiting) >= 150);
  });

  it('cuts after so many bytes', async () => {
    const client = await join();
    proxy.cutAfterBytes(300_000);
    const closed = new Promise((resolve) => client.once('close', resolve));
    let seen = 0;
    client.on('data', (chunk: Buffer) => (seen += chunk.length));
    client.write(Buffer.alloc(1_000_000));
    await closed;
    assert.ok(seen < 300_000, String(seen));
    await echo(await join(), 10);
  });

  it('refuses new connections until it accepts again', async () => {
    const old = await join();
    proxy.refuse();
    await assert.rejects(once(connect({port: proxy.port, host: '127.0.0.1'}), 'connect'), {
      code: 'ECONNREFUSED',
    });
    await echo(old, 10);
    await proxy.accept();
    await echo(await join(), 10);
  });
});
