/**
 * The way to a target: the hosts to jump through, then the target. Each is resolved by the config under its own name,
 * and its key is verified under that name; connections lie in each other, the innermost ends at the target.
 */
import {connect} from 'node:net';
import type {Duplex} from 'node:stream';
import {CosmosError} from '../../../errors.ts';
import type {HostConfig} from './config.ts';
import {resolveHost} from './config.ts';
import type {Connection} from './connection.ts';
import {closed, explainChannel, lost, unreachable} from './failures.ts';
import type {Hop} from './hop.ts';
import type {SshTargetOptions} from './options.ts';
import type {DialSettings, Stop} from './stop.ts';
import type {HostIdentity} from './verify-host.ts';

const MAX_HOPS = 8;

/** The last one is the target. @throws CosmosError config.invalid, input.invalid */
export async function planRoute(options: SshTargetOptions): Promise<[...Stop[], Stop]> {
  const config = await resolveHost({host: options.host, port: options.port, user: options.user}, options);
  const hops = await resolveHops(config.hops, options, []);
  const key = options.key?.replace(/^~(?=[/\\])/, options.home);
  const identity = identify(options.host, config, `cosmos target trust ${options.name ?? options.host}`);
  return [...hops, {config, key, identity}];
}

/** As `ssh -J` does: only the first host of a list is reached by its own ProxyJump. */
async function resolveHops(
  hops: readonly Hop[],
  options: SshTargetOptions,
  seen: readonly string[],
): Promise<Stop[]> {
  const stops: Stop[] = [];
  for (const hop of hops) {
    const config = await resolveHost(hop, options);
    if (seen.includes(hop.host) || seen.length > MAX_HOPS) {
      throw new CosmosError('config.invalid', `The ProxyJump of ${hop.host} leads back to it.`, {
        hint: 'Correct ProxyJump in your ssh config.',
      });
    }
    if (stops.length === 0) stops.push(...(await resolveHops(config.hops, options, [...seen, hop.host])));
    const command = `ssh -p ${config.port} ${config.user}@${config.hostName}`;
    stops.push({config, identity: identify(hop.host, config, command)});
  }
  return stops;
}

function identify(name: string, config: HostConfig, trustCommand: string): HostIdentity {
  const address = config.port === 22 ? config.hostName : `${config.hostName}:${config.port}`;
  return {
    label: config.hostName === name ? address : `${name} (${address})`,
    trustCommand,
    hostName: config.hostName,
    port: config.port,
    alias: config.hostKeyAlias,
    knownHostsFiles: config.knownHostsFiles,
  };
}

export type Dial = (stop: Stop, open: () => Promise<Duplex> | Duplex) => Promise<Connection>;

/** Walks the route. When one of the connections ends, those inside it end, and those around it are closed. */
export async function travel(
  route: readonly Stop[],
  dial: Dial,
  settings: DialSettings,
): Promise<Connection> {
  let outer: Connection | undefined;
  for (const stop of route) {
    const around = outer;
    try {
      outer = await dial(stop, () =>
        around === undefined ? connectTo(stop.config) : forward(around, stop, settings),
      );
    } catch (error) {
      around?.end(closed(around));
      throw error;
    }
    const inner = outer;
    around?.onEnd(() => inner.end(lost(inner.label)));
    if (around !== undefined) inner.onEnd(() => around.end(closed(around)));
  }
  if (outer === undefined) throw new Error('a route has a target');
  return outer;
}

function connectTo({hostName, port}: HostConfig): Duplex {
  return connect({host: hostName, port, noDelay: true});
}

/** A channel to the next host through this one. */
function forward(
  around: Connection,
  {config, identity}: Stop,
  {connectTimeoutMs, signal}: DialSettings,
): Promise<Duplex> {
  const onAbort = (): void => around.end(closed(around));
  signal.addEventListener('abort', onAbort, {once: true});
  const channel = new Promise<Duplex>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(unreachable('timeout', `${identity.label} does not answer through ${around.label}.`)),
      connectTimeoutMs,
    );
    const forget = around.onEnd((failure) => {
      clearTimeout(timer);
      reject(failure);
    });
    if (around.failure !== undefined) return;
    around.client.forwardOut('127.0.0.1', 0, config.hostName, config.port, (error, opened) => {
      clearTimeout(timer);
      forget();
      if (error) reject(explainForward(error, around, identity.label));
      else resolve(opened);
    });
  });
  return channel.finally(() => signal.removeEventListener('abort', onAbort));
}

function explainForward(error: Error, around: Connection, label: string): CosmosError {
  if (!('reason' in error) || typeof error.reason !== 'number') return explainChannel(error, around.label);
  return unreachable(
    'refused',
    `${label} cannot be reached through ${around.label}: ${error.message}.`,
    error,
  );
}
