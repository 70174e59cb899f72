/** One host on the way to a target, or the target itself, and how connections on the way are made. */
import type {HostConfig} from './config.ts';
import type {KeyRing} from './keys.ts';
import type {HostIdentity} from './verify-host.ts';

export interface Stop {
  identity: HostIdentity;
  config: HostConfig;
  /** Path of the private key that was named for it. */
  key?: string | undefined;
}

export interface DialSettings {
  ring: KeyRing;
  connectTimeoutMs: number;
  keepaliveMs: number;
  signal: AbortSignal;
}
