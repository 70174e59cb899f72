/**
 * A real OpenSSH server on a port of the loopback, or of a network that the test made, with throwaway keys, in a folder of
 * its own: the system's server and the user's ~/.ssh are neither read nor written. Logins are of the user who runs the
 * tests, with an empty home unless `environment` says otherwise, so that no start-up file of the shell gets in the way.
 */
import type {ChildProcess} from 'node:child_process';
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {accessSync, mkdirSync, readFileSync} from 'node:fs';
import {mkdir, writeFile} from 'node:fs/promises';
import {connect, createServer} from 'node:net';
import type {AddressInfo} from 'node:net';
import {userInfo} from 'node:os';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import type {Network} from './network.ts';
import {temporaryFolder} from './temporary.ts';

const SSHD = '/usr/sbin/sshd';

export type KeyType = 'ed25519' | 'ecdsa' | 'rsa';

export interface SshdOptions {
  /** Default one of ed25519. */
  hostKeys?: readonly KeyType[];
  /** Put before the other lines of sshd_config, where the first one wins: `MaxSessions 1`, `Subsystem sftp …`. */
  config?: readonly string[];
  /** For the shells and programs of logins; HOME may be set too. */
  environment?: Record<string, string>;
  /** A network that is not the loopback. */
  network?: Pick<Network, 'address' | 'enter'>;
}

export interface Sshd {
  address: string;
  port: number;
  user: string;
  folder: string;
  /** Home of logins, empty at first. */
  home: string;
  /** The private key that may log in; the public one lies beside it with `.pub`. */
  userKey: string;
  authorizedKeys: string;
  /** Private host keys in the order of the options, each with its `.pub`. */
  hostKeys: string[];
  /** Lines for known_hosts under [address]:port, one for each host key. */
  knownHosts: string[];
  /** A file with these lines. */
  knownHostsFile: string;
  /** Of the listener; undefined while it is stopped. */
  readonly pid: number | undefined;
  /** What the server has logged (LogLevel VERBOSE). */
  log(): string;
  /** Ends the listener and every connection. */
  stop(): Promise<void>;
  /** Stops, then listens again on the same port with the same keys. */
  restart(): Promise<void>;
  /** Pids of the server's processes, one or two for each connection. */
  connections(): number[];
  /** Kills the server's process of every connection; programs that were started go on. */
  killConnections(): void;
}

/** True where a server can be started; tests skip where it is false. */
export function hasSshd(): boolean {
  return process.platform === 'linux' && [SSHD, '/usr/bin/ssh-keygen'].every(isThere);
}

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Writes a key pair; an ECDSA or RSA key of the usual size. */
export function makeKey(path: string, type: KeyType = 'ed25519', passphrase = ''): string {
  const size = type === 'rsa' ? ['-b', '2048'] : [];
  execFileSync('ssh-keygen', ['-q', '-t', type, ...size, '-N', passphrase, '-C', 'test', '-f', path]);
  return path;
}

/** `TYPE BASE64` of the public key beside a private one. */
export function publicKeyOf(path: string): string {
  return readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ').trim();
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const listeners = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of listeners) child.kill('SIGKILL');
});

export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const folder = await temporaryFolder('sshd');
  const port = await freePort();
  const {address, enter} = options.network ?? {address: '127.0.0.1', enter: []};
  const paths = await prepare(folder, `[${address}]:${port}`, options);
  const start = (): Promise<ChildProcess> =>
    listen([...enter, SSHD, '-D', '-e', '-f', paths.config], address, port);
  let listener: ChildProcess | undefined = await start();
  let logged = '';
  const follow = (): void => {
    listener?.stderr?.on('data', (chunk: Buffer) => (logged += chunk.toString()));
  };
  follow();
  const connections = (): number[] => connectionsOf(listener?.pid);
  const killConnections = (): void => {
    for (const pid of connections()) kill(pid);
  };
  const stop = async (): Promise<void> => {
    if (listener === undefined) return;
    const child = listener;
    killConnections();
    listener = undefined;
    await end(child);
  };
  return {
    ...paths,
    address,
    port,
    folder,
    user: userInfo().username,
    get pid() {
      return listener?.pid;
    },
    log: () => logged,
    stop,
    restart: async () => {
      await stop();
      listener = await start();
      follow();
    },
    connections,
    killConnections,
  };
}

type Paths = Pick<Sshd, 'home' | 'userKey' | 'authorizedKeys' | 'hostKeys' | 'knownHosts' | 'knownHostsFile'>;

async function prepare(
  folder: string,
  place: string,
  {hostKeys: types = ['ed25519'], config = [], environment = {}}: SshdOptions,
): Promise<Paths & {config: string}> {
  const at = (name: string): string => join(folder, name);
  await mkdir(at('home'));
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', {recursive: true, mode: 0o755});
  const hostKeys = types.map((type) => makeKey(at(`host_${type}`), type));
  const userKey = makeKey(at('user'));
  const knownHosts = hostKeys.map((key) => `${place} ${publicKeyOf(key)}`);
  await writeFile(at('authorized_keys'), readFileSync(`${userKey}.pub`));
  await writeFile(at('known_hosts'), knownHosts.map((line) => `${line}\n`).join(''));
  const variables = Object.entries({HOME: at('home'), ...environment});
  const lines = [
    ...config,
    `ListenAddress ${place}`,
    ...hostKeys.map((key) => `HostKey ${key}`),
    'PidFile none',
    `AuthorizedKeysFile ${at('authorized_keys')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'PermitUserRC no',
    'UseDNS no',
    'MaxStartups 100:30:200',
    'MaxSessions 64',
    'LogLevel VERBOSE',
    'Subsystem sftp internal-sftp',
    `SetEnv ${variables.map(([name, value]) => `"${name}=${value}"`).join(' ')}`,
  ];
  await writeFile(at('sshd_config'), `${firstOf(lines).join('\n')}\n`);
  return {
    config: at('sshd_config'),
    home: environment['HOME'] ?? at('home'),
    userKey,
    authorizedKeys: at('authorized_keys'),
    hostKeys,
    knownHosts,
    knownHostsFile: at('known_hosts'),
  };
}

/** A subsystem that is named twice is an error of sshd, unlike all other words. */
function firstOf(lines: readonly string[]): string[] {
  const isSubsystem = (line: string): boolean => line.startsWith('Subsystem ');
  const first = lines.findIndex(isSubsystem);
  return lines.filter((line, index) => !isSubsystem(line) || index === first);
}

async function listen(
  [program = '', ...args]: readonly string[],
  address: string,
  port: number,
): Promise<ChildProcess> {
  const child = spawn(program, args, {stdio: ['ignore', 'ignore', 'pipe']});
  listeners.add(child);
  let words = '';
  const collect = (chunk: Buffer): void => void (words += chunk.toString());
  child.stderr.on('data', collect);
  for (let tries = 0; tries < 500; tries++) {
    if (child.exitCode !== null) throw new Error(`sshd did not start: ${words}`);
    if (words.includes('listening on')) break;
    await pause(10);
  }
  child.stderr.off('data', collect);
  // Nothing of the listener may keep a test process that forgot it from its end.
  child.unref();
  if (!(await answers(address, port))) throw new Error(`sshd does not answer: ${words}`);
  return child;
}

async function answers(address: string, port: number): Promise<boolean> {
  const socket = connect({port, host: address});
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.ref();
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  listeners.delete(child);
}

/** The server's own processes below the listener: it forks one for a connection, and that one another for the user. */
function connectionsOf(listener: number | undefined): number[] {
  if (listener === undefined) return [];
  const rows = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,comm='], {encoding: 'utf8'})
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/));
  const below = (parent: number): number[] =>
    rows
      .filter(([, ppid, name]) => Number(ppid) === parent && name?.startsWith('sshd') === true)
      .flatMap(([pid]) => [Number(pid), ...below(Number(pid))]);
  return below(listener);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
