/**
 * What the user's ssh config says of a host. `ssh -G` answers where ssh is there, as it knows every rule; else the files
 * are read with a parser. Explicit options win. ProxyCommand is refused: a program in between cannot be watched over.
 */
import {join} from 'node:path';
import {CosmosError} from '../../../errors.ts';
import {readConfigFiles} from './config-file.ts';
import type {ConfigSource, ConfigWords} from './config-source.ts';
import {localUser} from './config-source.ts';
import {askSsh} from './config-ssh.ts';
import {parseHops} from './hop.ts';
import type {Hop} from './hop.ts';

export interface HostConfig {
  hostName: string;
  port: number;
  user: string;
  /** Absolute, in order; they need not exist. */
  identityFiles: string[];
  isIdentitiesOnly: boolean;
  /** Socket or pipe of the agent. */
  agent: string | undefined;
  /** In the order of travel. */
  hops: Hop[];
  knownHostsFiles: string[];
  hostKeyAlias: string | undefined;
}

/**
 * @param hop host as people wrote it, with what they said beside it
 * @throws CosmosError config.invalid, input.invalid
 */
export async function resolveHost(hop: Hop, source: ConfigSource): Promise<HostConfig> {
  if (hop.host === '' || hop.host.startsWith('-') || /[\s\0-\x1f]/.test(hop.host)) {
    throw new CosmosError('input.invalid', `${JSON.stringify(hop.host)} is not the name of a host.`, {
      hint: 'Give a name, an address, or an alias of your ssh config.',
    });
  }
  const words = (await askSsh(hop, source)) ?? (await readConfigFiles(hop, source));
  return interpret(words, hop, source);
}

function interpret(words: ConfigWords, hop: Hop, source: ConfigSource): HostConfig {
  const first = (name: string): string | undefined => words.get(name)?.[0];
  const local = localUser();
  const user = hop.user ?? first('user') ?? local.name;
  const named = (first('hostname') ?? hop.host).replaceAll('%h', hop.host);
  const port = hop.port ?? Number(first('port') ?? '22');
  const expand = (path: string): string =>
    expandPath(path, {
      home: source.home,
      realHome: local.home,
      tokens: {d: source.home, h: named, n: hop.host, p: String(port), r: user, u: local.name},
    });
  refuseProxyCommand(first('proxycommand'), hop.host);
  const alias = first('hostkeyalias');
  return {
    hostName: named,
    port,
    user,
    identityFiles: (words.get('identityfile') ?? defaultKeys(source.home)).filter(isPath).map(expand),
    isIdentitiesOnly: first('identitiesonly')?.toLowerCase() === 'yes',
    agent: agentOf(first('identityagent'), source.env, expand),
    hops: parseHops(first('proxyjump')),
    knownHostsFiles:
      source.knownHostsFiles?.map(expand) ?? knownHostsOf(words, source.home).filter(isPath).map(expand),
    hostKeyAlias: alias === undefined || alias === 'none' ? undefined : alias,
  };
}

function refuseProxyCommand(command: string | undefined, host: string): void {
  if (command === undefined || command.toLowerCase() === 'none') return;
  throw new CosmosError(
    'config.invalid',
    `Your ssh config has a ProxyCommand for ${host}, which is not supported.`,
    {
      hint: 'Use ProxyJump in the ssh config instead, or give another host name for the target.',
      facts: {host, proxyCommand: command},
    },
  );
}

function defaultKeys(home: string): string[] {
  return ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(home, '.ssh', name));
}

/** Both keywords take several files in one line. */
function knownHostsOf(words: ConfigWords, home: string): string[] {
  const users = words.get('userknownhostsfile') ?? [
    join(home, '.ssh', 'known_hosts'),
    join(home, '.ssh', 'known_hosts2'),
  ];
  const systems = words.get('globalknownhostsfile') ?? [
    '/etc/ssh/ssh_known_hosts',
    '/etc/ssh/ssh_known_hosts2',
  ];
  return [...users, ...systems];
}

function isPath(word: string): boolean {
  return word !== '' && word.toLowerCase() !== 'none';
}

/** OpenSSH for Windows has its agent on a pipe and sets no variable. */
function agentOf(
  word: string | undefined,
  env: ConfigSource['env'],
  expand: (path: string) => string,
): string | undefined {
  const usual = env['SSH_AUTH_SOCK'] ?? (process.platform === 'win32' ? WINDOWS_AGENT : undefined);
  const found =
    word === undefined || word === 'SSH_AUTH_SOCK'
      ? usual
      : word.startsWith('$')
        ? env[word.replace(/^\$\{?/, '').replace(/\}$/, '')]
        : word;
  return found === undefined || !isPath(found) ? undefined : expand(found);
}

const WINDOWS_AGENT = '\\\\.\\pipe\\openssh-ssh-agent';

interface Expansion {
  home: string;
  realHome: string;
  tokens: Record<string, string>;
}

/** `~`, and the tokens of ssh_config(5). ssh expands `~` by the system's user list, where the home may be another one. */
function expandPath(path: string, {home, realHome, tokens}: Expansion): string {
  const whole = path.replaceAll(/%([%dhnpru])/g, (_, token: string) => tokens[token] ?? '%');
  if (whole === '~' || whole.startsWith('~/')) return join(home, whole.slice(1));
  if (realHome !== '' && home !== realHome && whole.startsWith(`${realHome}/`))
    return join(home, whole.slice(realHome.length));
  return whole;
}
