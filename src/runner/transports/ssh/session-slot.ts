/**
 * The place of one connection in a session: it is made when somebody needs it, shared by all who come meanwhile, and
 * made again with growing pauses once it broke. Its SFTP channels are opened once and kept.
 */
import {sleep} from '../../../platform/clock.ts';
import type {Connection} from './connection.ts';
import {closed, isUnreachableBecause} from './failures.ts';
import type {SftpChannel} from './session-sftp.ts';
import {openSftp} from './session-sftp.ts';

/** Together with the tries about ten seconds; a machine that needs longer is told to be unreachable. */
const PAUSES_MS = [250, 500, 1000, 2000, 4000];
const MAX_RETRY_MS = 10_000;
/** Pauses of a first contact: more would only hide a wrong address. */
const FIRST_PAUSES = 3;

export interface SlotSettings {
  open: () => Promise<Connection>;
  requestTimeoutMs: number;
  signal: AbortSignal;
}

export class Slot {
  readonly #settings: SlotSettings;
  readonly #channels = new Map<number, Promise<SftpChannel>>();
  #attempt: Promise<Connection> | undefined;
  #connection: Connection | undefined;
  #hasConnected = false;

  constructor(settings: SlotSettings) {
    this.#settings = settings;
  }

  /** A living connection. @param isPatient false to try once only */
  get(isPatient = true): Promise<Connection> {
    if (this.#attempt !== undefined && this.#connection?.failure === undefined) return this.#attempt;
    const attempt = this.#connect(isPatient);
    this.#attempt = attempt;
    this.#connection = undefined;
    attempt.then(
      (connection) => (this.#connection = connection),
      () => (this.#attempt = undefined),
    );
    return attempt;
  }

  /** The SFTP channel of that number, opened when it is not there. */
  async channel(number: number, isPatient = true): Promise<SftpChannel> {
    const known = await this.#channels.get(number)?.catch(() => undefined);
    if (known !== undefined && known.failure === undefined) return known;
    const connection = await this.get(isPatient);
    const other = this.#channels.get(number);
    // Somebody else may have opened it meanwhile.
    const found = await other?.catch(() => undefined);
    if (other !== undefined && found !== undefined && found.failure === undefined) return found;
    if (this.#channels.get(number) !== other) return this.channel(number, isPatient);
    const opening = openSftp(connection, this.#settings.requestTimeoutMs);
    this.#channels.set(number, opening);
    opening.catch(() => {
      if (this.#channels.get(number) === opening) this.#channels.delete(number);
    });
    return opening;
  }

  async #connect(isPatient: boolean): Promise<Connection> {
    const {open, signal} = this.#settings;
    const started = performance.now();
    for (let tries = 0; ; tries++) {
      try {
        const connection = await open();
        this.#hasConnected = true;
        return connection;
      } catch (error) {
        const pauseMs = PAUSES_MS[this.#hasConnected || tries < FIRST_PAUSES ? tries : PAUSES_MS.length];
        const isOver = pauseMs === undefined || performance.now() - started > MAX_RETRY_MS;
        if (!isPatient || isOver || signal.aborted || !this.#isWorthATry(error)) throw error;
        await sleep(pauseMs, signal);
      }
    }
  }

  /** A first contact that fails is told at once, unless the server dropped us: it does so when many come together. */
  #isWorthATry(error: unknown): boolean {
    return this.#hasConnected ? isUnreachableBecause(error) : isUnreachableBecause(error, 'lost');
  }

  /** Resolves when the socket is gone. */
  async close(): Promise<void> {
    const connection = await this.#attempt?.catch(() => undefined);
    connection?.end(closed(connection));
  }
}
