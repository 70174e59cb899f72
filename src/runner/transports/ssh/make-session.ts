/** The session with a target: connections in slots, the first for everything, the others for bulk data and overflow. */
import type {SFTPWrapper} from 'ssh2';
import {sleep} from '../../../platform/clock.ts';
import {sharedSignal} from '../../../platform/shared-signal.ts';
import type {ExecOptions, ExecResult} from '../../target.ts';
import type {Connection} from './connection.ts';
import {dial} from './dial.ts';
import {runProgram} from './exec.ts';
import {isChannelRefused, isUnreachableBecause, unreachable} from './failures.ts';
import {KeyRing} from './keys.ts';
import type {SshTargetOptions} from './options.ts';
import {CONNECT_TIMEOUT_MS, KEEPALIVE_MS, REQUEST_TIMEOUT_MS} from './options.ts';
import {planRoute, travel} from './route.ts';
import type {SftpChannel} from './session-sftp.ts';
import type {DialSettings} from './stop.ts';
import {Slot} from './session-slot.ts';
import type {SshSession} from './session.ts';

/** Connections that are tried when a server allows few sessions on each. */
const SPARE_SLOTS = 4;
/** How long to wait for somebody's session to end, and how often to look. */
const REFUSED_MS = 10_000;
const REFUSED_PAUSE_MS = 250;
/** The smallest of a few: a single one may have met a busy moment. */
const PINGS = 3;
/** Channel 0 is for metadata; bulk data has those from 1 on. */
const METADATA = 0;

/** Nothing is contacted before the first use. */
export function makeSshSession(options: SshTargetOptions): SshSession {
  return new Session(options);
}

class Session implements SshSession {
  readonly #slots: Slot[] = [];
  readonly #closing = new AbortController();
  readonly #options: SshTargetOptions;
  readonly #dialSettings: DialSettings;
  readonly #trips = new WeakMap<Connection, Promise<number>>();
  #smallestTripMs = Number.POSITIVE_INFINITY;
  /** The slot that has the channel for metadata. */
  #metadataSlot = 0;

  constructor(options: SshTargetOptions) {
    this.#options = options;
    this.#dialSettings = {
      ring: new KeyRing(options.askPassphrase),
      connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      keepaliveMs: options.keepaliveMs ?? KEEPALIVE_MS,
      signal: sharedSignal(this.#closing.signal),
    };
  }

  exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    return this.#onSomeSlot(async (slot) => runProgram(await slot.get(), argv, options), options.signal);
  }

  async sftp(): Promise<SFTPWrapper> {
    const channel = await this.#onSomeSlot(async (slot, index) => {
      const found = await slot.channel(METADATA);
      this.#metadataSlot = index;
      return found;
    });
    return channel.sftp;
  }

  async lanes(connections: number, channels: number): Promise<SFTPWrapper[]> {
    // Questions to people and doubts about the host come up once.
    await this.#slot(0).get();
    const numbers = Array.from({length: channels}, (_, index) => METADATA + 1 + index);
    const slots = Array.from({length: connections}, (_, index) => this.#slot(index));
    const lists = await Promise.all(slots.map((slot, index) => openAll(slot, numbers, index === 0)));
    // Connection by connection: whoever uses only the first few spreads them.
    const lanes = numbers.flatMap((_, number) => lists.flatMap((list) => list[number] ?? []));
    return lanes.length > 0 ? lanes.map(({sftp}) => sftp) : [await this.sftp()];
  }

  async roundTripMs(): Promise<number> {
    const connection = await this.#slot(0).get();
    const known = this.#trips.get(connection);
    const measured = known ?? measure(connection, this.#options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS);
    this.#trips.set(connection, measured);
    this.#smallestTripMs = Math.min(this.#smallestTripMs, await measured);
    return this.#smallestTripMs;
  }

  async close(): Promise<void> {
    this.#closing.abort(unreachable('closed', `The connection to ${this.#options.host} was closed.`));
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }

  #slot(index: number): Slot {
    this.#closing.signal.throwIfAborted();
    while (this.#slots.length <= index) {
      this.#slots.push(
        new Slot({
          open: () => this.#open(),
          requestTimeoutMs: this.#options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
          signal: this.#closing.signal,
        }),
      );
    }
    return this.#slots[index] as Slot;
  }

  async #open(): Promise<Connection> {
    const settings = this.#dialSettings;
    const route = await planRoute(this.#options);
    return travel(route, (stop, open) => dial(stop, open, settings), settings);
  }

  /** A server that allows no more sessions on one connection gets another one, then some time. */
  async #onSomeSlot<T>(use: (slot: Slot, index: number) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const started = performance.now();
    const order = [this.#metadataSlot, ...Array.from({length: SPARE_SLOTS}, (_, index) => index)];
    for (;;) {
      let refusal: unknown;
      for (const index of new Set(order)) {
        try {
          return await use(this.#slot(index), index);
        } catch (error) {
          const isRefused = isChannelRefused(error) || (refusal !== undefined && isUnreachableBecause(error));
          if (!isRefused) throw error;
          refusal ??= error;
        }
      }
      if (performance.now() - started > REFUSED_MS) throw refusal;
      await sleep(REFUSED_PAUSE_MS, signal ?? this.#closing.signal);
      signal?.throwIfAborted();
    }
  }
}

/** The channels that the server allows; the first connection's own failure is one of the session. */
async function openAll(slot: Slot, numbers: number[], isFirst: boolean): Promise<SftpChannel[]> {
  const opened = await Promise.allSettled(numbers.map((number) => slot.channel(number, isFirst)));
  const failed = opened.find((result) => result.status === 'rejected');
  if (isFirst && failed && !isChannelRefused(failed.reason)) throw failed.reason;
  return opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function measure(connection: Connection, timeoutMs: number): Promise<number> {
  let smallest = Number.POSITIVE_INFINITY;
  for (let count = 0; count < PINGS; count++) smallest = Math.min(smallest, await connection.ping(timeoutMs));
  return smallest;
}
