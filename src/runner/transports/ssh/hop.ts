/** Hosts on the way, as ProxyJump names them: `user@host:port`, `[address]:port`, `ssh://user@host:port`. */
import {CosmosError} from '../../../errors.ts';

/** A host as people write it; what is missing, the config says. */
export interface Hop {
  host: string;
  port?: number | undefined;
  user?: string | undefined;
}

/** @throws CosmosError config.invalid */
export function parseHops(list: string | undefined): Hop[] {
  if (list === undefined || list.trim().toLowerCase() === 'none') return [];
  return list.split(',').map((text) => parseHop(text.trim()));
}

function parseHop(text: string): Hop {
  const parts =
    /^(?:ssh:\/\/)?(?:(?<user>.*)@)?(?:\[(?<address>[^\]]+)\]|(?<name>[^:[\]]+))(?::(?<port>\d+))?\/?$/.exec(
      text,
    )?.groups;
  const host = parts?.['address'] ?? parts?.['name'];
  const port = parts?.['port'] === undefined ? undefined : Number(parts['port']);
  if (host === undefined || (port !== undefined && (port < 1 || port > 65_535))) {
    throw new CosmosError('config.invalid', `${JSON.stringify(text)} is not a host to jump through.`, {
      hint: 'Write ProxyJump as user@host:port in your ssh config, several of them with commas between.',
    });
  }
  return {host, port, user: parts?.['user']};
}
