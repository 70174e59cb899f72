/** What a session is given: the address as people wrote it, how to log in, and how long to wait. */

export interface SshTargetOptions {
  /** Name of the target, for the commands in hints; default the host. */
  name?: string | undefined;
  /** A name, an address, or an alias of the user's ssh config. */
  host: string;
  /** Explicit words win over the config. */
  port?: number | undefined;
  user?: string | undefined;
  /** Path of a private key; `~/` is below `home`. */
  key?: string | undefined;
  /** Folder that `~` stands for. */
  home: string;
  /** For SSH_AUTH_SOCK and what the config refers to. */
  env: Readonly<Record<string, string | undefined>>;
  /** Asks a person; given on a terminal only. */
  askPassphrase?: ((what: string) => Promise<string>) | undefined;
  /** Instead of what the config says. */
  knownHostsFiles?: readonly string[] | undefined;
  /** Instead of the config of the user and of the system. */
  configFile?: string | undefined;
  /** Asked what the config says; default `ssh`. */
  sshProgram?: string | undefined;
  /** For one connection, from the first packet to the login; default 15 s. */
  connectTimeoutMs?: number | undefined;
  /** A silent connection is asked for a sign of life that often; three times in vain and it is dead. Default 10 s. */
  keepaliveMs?: number | undefined;
  /** For a file request or the opening of a channel that nothing comes back from; default 30 s. */
  requestTimeoutMs?: number | undefined;
}

export const CONNECT_TIMEOUT_MS = 15_000;
export const KEEPALIVE_MS = 10_000;
export const REQUEST_TIMEOUT_MS = 30_000;
