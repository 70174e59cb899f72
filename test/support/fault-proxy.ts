/**
 * A TCP proxy on the loopback that misbehaves on request: it delays, caps, stalls, cuts and refuses. The delay holds
 * chunks back by their time of arrival, so it costs no throughput; the cap is one line shared by all connections,
 * one for each direction.
 */
import {once} from 'node:events';
import type {AddressInfo, Server, Socket} from 'node:net';
import {connect, createServer} from 'node:net';

export interface FaultProxyOptions {
  /** Where the real server listens on 127.0.0.1. */
  port: number;
  /** One way, so the round trip grows by twice as much. */
  delayMs?: number;
  /** For each direction; no cap by default. */
  bytesPerSecond?: number;
}

export interface FaultProxy {
  port: number;
  /** May be changed at any time; holds for chunks that arrive from then on. */
  delayMs: number;
  bytesPerSecond: number;
  /** `up` goes to the server, `down` comes from it. */
  counters: {connections: number; bytesUp: number; bytesDown: number};
  /** Delivers nothing more, on old and new connections, which stay open. */
  stall(): void;
  /** Delivers what was held back. */
  resume(): void;
  /** Resets every connection; new ones are taken. */
  cut(): void;
  /** Takes no new connections ("connection refused"); old ones stay. */
  refuse(): void;
  /** Takes connections again after `refuse`. */
  accept(): Promise<void>;
  /** Resets every connection once that many bytes more have passed, both directions counted together. */
  cutAfterBytes(count: number): void;
  close(): Promise<void>;
}

type Direction = 'up' | 'down';

/** What one direction may hold back before it stops reading: more than any delay in the tests needs at 1 Gb/s. */
const HELD_BYTES = 32 << 20;

class Proxy implements FaultProxy {
  port = 0;
  delayMs: number;
  bytesPerSecond: number;
  isStalled = false;
  readonly counters = {connections: 0, bytesUp: 0, bytesDown: 0};
  readonly pumps = new Set<Pump>();
  readonly #target: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** When the line of each direction has sent what it was given. */
  readonly #freeAt = {up: 0, down: 0};
  #bytesLeft = Number.POSITIVE_INFINITY;

  constructor({port, delayMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY}: FaultProxyOptions) {
    this.delayMs = delayMs;
    this.bytesPerSecond = bytesPerSecond;
    this.#target = port;
    this.#server = createServer((client) => this.#join(client));
  }

  async accept(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  refuse(): void {
    this.#server.close();
  }

  stall(): void {
    this.isStalled = true;
  }

  resume(): void {
    this.isStalled = false;
    for (const pump of this.pumps) pump.deliver();
  }

  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  cutAfterBytes(count: number): void {
    this.#bytesLeft = count;
  }

  async close(): Promise<void> {
    const isClosed = this.#server.listening ? once(this.#server, 'close') : undefined;
    this.#server.close();
    this.cut();
    await isClosed;
  }

  /** Counts a chunk. @returns when it is due at the other end */
  schedule(direction: Direction, bytes: number): number {
    this.counters[direction === 'up' ? 'bytesUp' : 'bytesDown'] += bytes;
    const sentAt =
      Math.max(performance.now(), this.#freeAt[direction]) + (bytes / this.bytesPerSecond) * 1000;
    this.#freeAt[direction] = sentAt;
    return sentAt + this.delayMs;
  }

  /** Called as chunks leave. @returns false when the connections were cut */
  allows(bytes: number): boolean {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft > 0) return true;
    this.#bytesLeft = Number.POSITIVE_INFINITY;
    this.cut();
    return false;
  }

  #join(client: Socket): void {
    this.counters.connections++;
    const server = connect({port: this.#target, host: '127.0.0.1'});
    const pumps = [new Pump(this, 'up', client, server), new Pump(this, 'down', server, client)];
    for (const pump of pumps) this.pumps.add(pump);
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        for (const pump of pumps) pump.finish();
      });
    }
  }
}

class Pump {
  readonly #queue: {at: number; chunk: Buffer}[] = [];
  #held = 0;
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;
  readonly #proxy: Proxy;
  readonly #to: Socket;
  readonly #from: Socket;

  constructor(proxy: Proxy, direction: Direction, from: Socket, to: Socket) {
    this.#proxy = proxy;
    this.#from = from;
    this.#to = to;
    from.on('data', (chunk) => {
      this.#queue.push({at: proxy.schedule(direction, chunk.length), chunk});
      this.#held += chunk.length;
      if (this.#held > HELD_BYTES) from.pause();
      this.deliver();
    });
    to.on('drain', () => this.deliver());
  }

  /** Hands over what is due, in order, as fast as the other end takes it. */
  deliver(): void {
    clearTimeout(this.#timer);
    while (!this.#proxy.isStalled && !this.#to.writableNeedDrain) {
      const next = this.#queue[0];
      if (next === undefined) break;
      const waitMs = next.at - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.deliver(), waitMs);
        return;
      }
      this.#queue.shift();
      this.#held -= next.chunk.length;
      if (!this.#proxy.allows(next.chunk.length)) return;
      if (this.#to.writable) this.#to.write(next.chunk);
    }
    if (this.#held < HELD_BYTES / 2) this.#from.resume();
    if (this.#hasEnded && this.#queue.length === 0) this.#end();
  }

  /** One end is gone: the other one follows once it has what is under way. */
  finish(): void {
    this.#hasEnded = true;
    if (this.#to.destroyed || this.#queue.length === 0) this.#end();
    else this.deliver();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#queue.length = 0;
    this.#proxy.pumps.delete(this);
    this.#to.destroySoon();
  }
}

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new Proxy(options);
  await proxy.accept();
  return proxy;
}
