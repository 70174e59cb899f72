/**
 * Makes one connection: from a line (a socket, or a channel through another host) to a login, with the host key
 * verified before anything is said. It ends within its time whatever the other side does; while a person types a
 * passphrase the time stands still.
 */
import type {Duplex} from 'node:stream';
import type {AuthHandlerMiddleware, NextAuthHandler} from 'ssh2';
import type {CosmosError} from '../../../errors.ts';
import {Connection} from './connection.ts';
import type {ClientError} from './failures.ts';
import {explain, lost, unreachable} from './failures.ts';
import {algorithmsFor} from './host-key.ts';
import type {KeyRing} from './keys.ts';
import {loadSsh2} from './load.ts';
import type {Login} from './login.ts';
import {loginRefused, prepareLogin} from './login.ts';
import type {DialSettings, Stop} from './stop.ts';
import {findHostRecord, judgeHostKey, knownTypes, refusalOf} from './verify-host.ts';

/** ssh2 asks for signs of life and would judge by itself; the connection judges by bytes. */
const NEVER = 2 ** 31;

/**
 * @param open makes the line; called once everything on this side is in order
 * @throws CosmosError target.unreachable, target.refused, target.failed, host.unknown, host.changed
 */
export async function dial(
  stop: Stop,
  open: () => Promise<Duplex> | Duplex,
  settings: DialSettings,
): Promise<Connection> {
  const record = await findHostRecord(stop.identity);
  const login = await prepareLogin(stop.config, settings.ring, stop.key);
  const verify = (key: Buffer): CosmosError | undefined =>
    refusalOf(judgeHostKey(key, record), key, stop.identity);
  const connection = await start(stop, open, {
    settings,
    verify,
    login,
    algorithms: algorithmsFor(knownTypes(record)),
  });
  await settled(connection, 'ready', settings);
  connection.watch(settings.keepaliveMs);
  return connection;
}

interface Talk {
  settings: DialSettings;
  verify: (key: Buffer) => CosmosError | undefined;
  login: Login | undefined;
  algorithms: ReturnType<typeof algorithmsFor>;
}

/** The connection once it is under way; whatever happens from then on ends it. */
export async function start(
  {identity, config}: Stop,
  open: () => Promise<Duplex> | Duplex,
  {settings, verify, login, algorithms}: Talk,
): Promise<Connection> {
  const {Client} = await loadSsh2();
  settings.signal.throwIfAborted();
  const client = new Client();
  const line = await open();
  const connection = new Connection(client, line, identity.label);
  let isLoggedIn = false;
  client.once('ready', () => (isLoggedIn = true));
  client.on('error', (error: ClientError) => {
    if (error.level === 'agent' || error.level === 'client-authentication') return;
    const isTired = login !== undefined && !isLoggedIn && /authentication failures/i.test(error.message);
    connection.end(
      isTired ? loginRefused(login, identity.label) : explain(error, identity.label, isLoggedIn),
    );
  });
  client.on('end', () => connection.end(lost(identity.label)));
  client.on('close', () => connection.end(lost(identity.label)));
  client.connect({
    sock: line,
    username: config.user,
    readyTimeout: 0,
    keepaliveInterval: settings.keepaliveMs,
    keepaliveCountMax: NEVER,
    algorithms: {serverHostKey: algorithms},
    hostVerifier: (key: Buffer): boolean => {
      const refusal = verify(key);
      if (refusal !== undefined) connection.end(refusal);
      return refusal === undefined;
    },
    authHandler: login === undefined ? [] : authenticate(connection, login),
  });
  client.setNoDelay(true);
  return connection;
}

/** ssh2 asks for one way to log in after the other. */
function authenticate(connection: Connection, login: Login): AuthHandlerMiddleware {
  return (methods: readonly string[] | null, isPartial: boolean | null, next: NextAuthHandler): void => {
    const left = methods ?? [];
    const isOver = left.length > 0 && !left.includes('publickey');
    const proceed = async (): Promise<void> => {
      const method = isOver ? undefined : await login.next();
      if (connection.failure !== undefined) return;
      if (method === undefined) connection.end(loginRefused(login, connection.label, left));
      else next(method);
    };
    proceed().catch((error: unknown) => connection.end(explain(error as Error, connection.label, false)));
  };
}

/** Waits for an event of the client; the connection ends when it does not come in time. */
export async function settled(
  connection: Connection,
  event: 'ready' | 'handshake',
  {connectTimeoutMs, signal, ring}: DialSettings,
): Promise<void> {
  const onAbort = (): void =>
    connection.end(unreachable('closed', `The connection to ${connection.label} was closed.`));
  const timer = makeTimer(connectTimeoutMs, ring, () =>
    connection.end(
      unreachable(
        'timeout',
        `${connection.label} does not answer: no login within ${connectTimeoutMs / 1000} s.`,
      ),
    ),
  );
  signal.addEventListener('abort', onAbort, {once: true});
  try {
    await new Promise<void>((resolve, reject) => {
      connection.client.once(event as 'ready', resolve);
      connection.onEnd(reject);
      if (signal.aborted) onAbort();
    });
  } finally {
    timer.stop();
    signal.removeEventListener('abort', onAbort);
  }
}

/** A timer that runs while nobody is asked anything. */
function makeTimer(ms: number, ring: KeyRing, onTime: () => void): {stop: () => void} {
  const tickMs = Math.min(ms, 100);
  let leftMs = ms;
  let lastAt = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    if (!ring.isAsking) leftMs -= now - lastAt;
    lastAt = now;
    if (leftMs > 0) return;
    clearInterval(timer);
    onTime();
  }, tickMs);
  return {stop: () => clearInterval(timer)};
}
