/** Shows the key of a host without judging it, for the person who has to: nothing is said to it beyond the key exchange. */
import type {Duplex} from 'node:stream';
import type {CosmosError} from '../../../errors.ts';
import type {Connection} from './connection.ts';
import {dial, settled, start} from './dial.ts';
import {algorithmsFor, fingerprintOf, typeOf} from './host-key.ts';
import {KeyRing} from './keys.ts';
import type {SshTargetOptions} from './options.ts';
import {CONNECT_TIMEOUT_MS, KEEPALIVE_MS} from './options.ts';
import type {DialSettings, Stop} from './stop.ts';
import {planRoute, travel} from './route.ts';
import {closed} from './failures.ts';
import type {Verdict} from './verify-host.ts';
import {findHostRecord, judgeHostKey, knownTypes, refusalOf} from './verify-host.ts';

export interface ScannedKey {
  type: string;
  key: Buffer;
  fingerprint: string;
  isKnown: boolean;
  /** Why nobody may accept it, as known_hosts has another one or revokes it. */
  refusal: CosmosError | undefined;
  /** For addKnownHost (known-hosts-file.ts): the name and port that it is filed under, and the files, the user's own first. */
  hostName: string;
  port: number;
  knownHostsFiles: readonly string[];
}

/**
 * The server has proven that it holds the key. Hosts on the way are verified and logged in to as always.
 * @throws CosmosError target.unreachable, target.failed; of hosts on the way also host.unknown, host.changed, target.refused
 */
export async function scanHostKey(options: SshTargetOptions): Promise<ScannedKey> {
  const settings: DialSettings = {
    ring: new KeyRing(options.askPassphrase),
    connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    keepaliveMs: options.keepaliveMs ?? KEEPALIVE_MS,
    signal: new AbortController().signal,
  };
  const route = await planRoute(options);
  const target = route.at(-1) as Stop;
  let seen: Buffer | undefined;
  const connection = await travel(
    route,
    (stop, open) =>
      stop === target ? look(stop, open, {settings, see: (key) => (seen = key)}) : dial(stop, open, settings),
    settings,
  );
  connection.end(closed(connection));
  if (seen === undefined) throw new Error('a handshake shows a key');
  const verdict = judgeHostKey(seen, await findHostRecord(target.identity));
  return {
    type: typeOf(seen) ?? 'unknown',
    key: seen,
    fingerprint: fingerprintOf(seen),
    isKnown: verdict.is === 'known',
    refusal: isDamning(verdict) ? refusalOf(verdict, seen, target.identity) : undefined,
    hostName: target.identity.alias ?? target.identity.hostName,
    port: target.identity.alias === undefined ? target.identity.port : 22,
    knownHostsFiles: target.identity.knownHostsFiles,
  };
}

/** A key that is new, or that only an authority's signature would vouch for, is for a person to accept. */
function isDamning({is}: Verdict): boolean {
  return is === 'changed' || is === 'revoked';
}

interface Look {
  settings: DialSettings;
  see: (key: Buffer) => void;
}

/** Up to the end of the key exchange. */
async function look(
  stop: Stop,
  open: () => Promise<Duplex> | Duplex,
  {settings, see}: Look,
): Promise<Connection> {
  const connection = await start(stop, open, {
    settings,
    login: undefined,
    algorithms: algorithmsFor(knownTypes(await findHostRecord(stop.identity))),
    verify: (key) => {
      see(key);
      return undefined;
    },
  });
  await settled(connection, 'handshake', settings);
  return connection;
}
