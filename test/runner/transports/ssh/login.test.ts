import assert from 'node:assert/strict';
import type {ChildProcess} from 'node:child_process';
import {execFileSync, spawn} from 'node:child_process';
import {appendFile, mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {CosmosError} from '../../../../src/errors.ts';
import type {SshTargetOptions} from '../../../../src/runner/transports/ssh/options.ts';
import {scanHostKey} from '../../../../src/runner/transports/ssh/scan.ts';
import type {Sshd} from '../../../support/sshd.ts';
import {hasSshd, makeKey, publicKeyOf, startSshd} from '../../../support/sshd.ts';
import {temporaryFolder} from '../../../support/temporary.ts';
import {closeSessions, optionsFor, sessionWith} from './ssh-bench.ts';

async function failureOf(promise: Promise<unknown>): Promise<CosmosError> {
  return await promise.then(
    () => assert.fail('it worked'),
    (error: unknown) => error as CosmosError,
  );
}

describe('login', () => {
  let sshd: Sshd;
  let folder: string;
  let agent: ChildProcess | undefined;

  const login = async (more: Partial<SshTargetOptions>): Promise<string> =>
    (await sessionWith(sshd, more).exec(['echo', 'in'])).stdout;

  before(async function () {
    if (!hasSshd()) this.skip();
    sshd = await startSshd({hostKeys: ['ed25519', 'ecdsa', 'rsa']});
    folder = await temporaryFolder('keys');
    makeKey(join(folder, 'locked'), 'ed25519', 'open sesame');
    makeKey(join(folder, 'stranger'));
    makeKey(join(folder, 'rsa'), 'rsa');
    for (const name of ['locked', 'rsa'])
      await appendFile(sshd.authorizedKeys, await readFile(join(folder, `${name}.pub`)));
  });
  afterEach(async () => {
    await closeSessions();
    agent?.kill();
    agent = undefined;
  });
  after(async () => {
    if (hasSshd()) await sshd.stop();
  });

  /** An agent that holds these keys. @returns its socket */
  async function startAgent(...keys: string[]): Promise<string> {
    const socket = join(await temporaryFolder('agent'), 'socket');
    agent = spawn('ssh-agent', ['-D', '-a', socket], {stdio: 'ignore'});
    while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 10));
    const ask = join(folder, 'ask');
    await writeFile(ask, '#!/bin/sh\necho open sesame\n', {mode: 0o755});
    const env = {...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: ask, SSH_ASKPASS_REQUIRE: 'force'};
    for (const key of keys) execFileSync('ssh-add', ['-q', key], {env, stdio: 'ignore'});
    return socket;
  }

  it('works with an RSA key', async () => {
    assert.equal(await login({key: join(folder, 'rsa')}), 'in\n');
  });

  it('works with the usual key files', async () => {
    const home = await temporaryFolder('home');
    await mkdir(join(home, '.ssh'));
    await writeFile(join(home, '.ssh', 'id_rsa'), 'no key at all');
    await writeFile(join(home, '.ssh', 'id_ed25519'), await readFile(sshd.userKey), {mode: 0o600});
    assert.equal(await login({home, key: undefined}), 'in\n');
    assert.equal(await login({home, key: '~/.ssh/id_ed25519'}), 'in\n');
  });

  it('works with a key that only the agent has', async () => {
    const socket = await startAgent(sshd.userKey);
    assert.equal(await login({key: undefined, env: {SSH_AUTH_SOCK: socket}}), 'in\n');
  });

  it('asks nobody for a key that the agent has', async () => {
    const socket = await startAgent(join(folder, 'locked'));
    const askPassphrase = (): Promise<string> => assert.fail('asked');
    assert.equal(
      await login({key: join(folder, 'locked'), env: {SSH_AUTH_SOCK: socket}, askPassphrase}),
      'in\n',
    );
  });

  it('works with the public half of an agent key', async () => {
    const key = makeKey(join(folder, 'held'));
    const socket = await startAgent(key);
    await appendFile(sshd.authorizedKeys, `${publicKeyOf(key)}\n`);
    await rm(key);
    const env = {SSH_AUTH_SOCK: socket};
    assert.equal(await login({key: `${key}.pub`, env}), 'in\n');
    assert.equal(await login({key, env}), 'in\n');
    assert.equal((await failureOf(login({key}))).code, 'input.invalid');
  });

  it('is not kept out by a full agent', async () => {
    const keys = Array.from({length: 8}, (_, index) => makeKey(join(folder, `full${index}`)));
    const socket = await startAgent(...keys);
    assert.equal(await login({env: {SSH_AUTH_SOCK: socket}}), 'in\n');
    const refusal = await failureOf(login({key: undefined, env: {SSH_AUTH_SOCK: socket}}));
    assert.equal(refusal.code, 'target.refused');
    assert.match(refusal.message, /the agent \(8 keys\)/);
  });

  it('goes on without an agent that is gone', async () => {
    assert.equal(await login({env: {SSH_AUTH_SOCK: join(folder, 'nobody')}}), 'in\n');
  });

  it('asks for a passphrase once for all connections', async () => {
    const asked: string[] = [];
    const answers = ['wrong', 'open sesame'];
    const session = sessionWith(sshd, {
      key: join(folder, 'locked'),
      connectTimeoutMs: 2000,
      askPassphrase: async (what) => {
        asked.push(what);
        // A person takes longer than a connection may.
        await new Promise((resolve) => setTimeout(resolve, 1300));
        return answers.shift() ?? assert.fail('asked again');
      },
    });
    assert.equal((await session.lanes(3, 1)).length, 3);
    assert.deepEqual(asked, [join(folder, 'locked'), join(folder, 'locked')]);
  });

  it('says that an encrypted key has no passphrase', async () => {
    const refusal = await failureOf(login({key: join(folder, 'locked')}));
    assert.equal(refusal.code, 'target.refused');
    assert.match(refusal.message, /locked \(encrypted, no passphrase\)/);
    assert.match(refusal.hint ?? '', /ssh-add/);
  });

  it('says what was tried when it is refused', async () => {
    const refusal = await failureOf(login({key: join(folder, 'stranger')}));
    assert.equal(refusal.code, 'target.refused');
    assert.ok(refusal.message.includes(`tried ${join(folder, 'stranger')}`));
    const other = await failureOf(login({user: 'nobody-here'}));
    assert.match(other.message, /does not let nobody-here in/);
    assert.match((await failureOf(login({key: undefined}))).message, /no key to try/);
  });

  it('says what a server asks for instead of keys', async () => {
    const closed = await startSshd({config: ['PubkeyAuthentication no', 'PasswordAuthentication yes']});
    try {
      const refusal = await failureOf(sessionWith(closed).exec(['true']));
      assert.equal(refusal.code, 'target.refused');
      assert.match(refusal.message, /asks for password/);
    } finally {
      await closed.stop();
    }
  });

  it('names what is wrong with a named key', async () => {
    assert.equal((await failureOf(login({key: join(folder, 'absent')}))).code, 'file.unreadable');
    const publicKey = await failureOf(login({key: join(folder, 'rsa.pub')}));
    assert.equal(publicKey.code, 'input.invalid');
    assert.match(publicKey.hint ?? '', /usually \S+rsa without/);
    await writeFile(join(folder, 'text'), 'hello');
    assert.equal((await failureOf(login({key: join(folder, 'text')}))).code, 'input.invalid');
    assert.equal((await failureOf(login({key: folder}))).code, 'file.unreadable');
  });

  it('goes nowhere near a host of unknown key', async () => {
    const before = sshd.log().length;
    const refusal = await failureOf(login({knownHostsFiles: []}));
    assert.equal(refusal.code, 'host.unknown');
    assert.doesNotMatch(sshd.log().slice(before), /Accepted|publickey/);
    assert.match(refusal.message, /SHA256:/);
    assert.match(refusal.hint ?? '', /cosmos target trust box/);
  });

  it('prefers each key type that is known', async () => {
    for (const [index, line] of sshd.knownHosts.entries()) {
      const file = join(folder, `known${index}`);
      await writeFile(file, `${line}\n`);
      assert.equal(await login({knownHostsFiles: [file]}), 'in\n', line);
    }
  });

  it('refuses a host whose key has changed', async () => {
    const file = join(folder, 'changed');
    await writeFile(file, `[127.0.0.1]:${sshd.port} ${publicKeyOf(join(folder, 'stranger'))}\n`);
    const refusal = await failureOf(login({knownHostsFiles: [file]}));
    assert.equal(refusal.code, 'host.changed');
    assert.match(refusal.message, /changed line 1/);
  });
});

describe('scanHostKey', () => {
  let sshd: Sshd;
  let gate: Sshd;

  before(async function () {
    if (!hasSshd()) this.skip();
    [sshd, gate] = await Promise.all([startSshd(), startSshd()]);
  });
  afterEach(closeSessions);
  after(async () => {
    if (hasSshd()) await Promise.all([sshd.stop(), gate.stop()]);
  });

  async function throughGate(knownLines: string[], more = ''): Promise<SshTargetOptions> {
    const folder = await temporaryFolder('jump');
    const known = join(folder, 'known_hosts');
    await writeFile(known, knownLines.map((line) => `${line}\n`).join(''));
    const configFile = join(folder, 'config');
    await writeFile(
      configFile,
      `Host gate\n HostName 127.0.0.1\n Port ${gate.port}\n IdentityFile ${gate.userKey}\n${more}` +
        `Host inner\n HostName 127.0.0.1\n Port ${sshd.port}\n ProxyJump gate\n`,
    );
    return optionsFor(sshd, {host: 'inner', port: undefined, configFile, knownHostsFiles: [known]});
  }

  it('shows a key that nobody knows yet', async () => {
    const [line = ''] = sshd.knownHosts;
    const seen = await scanHostKey(optionsFor(sshd, {knownHostsFiles: [], key: '/no/such/key'}));
    assert.equal(`[127.0.0.1]:${sshd.port} ${seen.type} ${seen.key.toString('base64')}`, line);
    assert.equal(seen.isKnown, false);
    assert.equal((await scanHostKey(optionsFor(sshd))).isKnown, true);
  });

  it('verifies the hosts on the way', async () => {
    const options = await throughGate([]);
    const refusal = await failureOf(scanHostKey(options));
    assert.equal(refusal.code, 'host.unknown');
    assert.equal(refusal.facts['port'], gate.port);
    const seen = await scanHostKey(await throughGate(gate.knownHosts));
    assert.equal(seen.isKnown, false);
    assert.equal(seen.port, sshd.port);
  });

  it('jumps only when both keys are known', async () => {
    const inner = async (lines: string[]): Promise<string> => {
      const {configFile, knownHostsFiles, key} = await throughGate(lines);
      const session = sessionWith(sshd, {host: 'inner', port: undefined, key, configFile, knownHostsFiles});
      return (await session.exec(['sh', '-c', 'echo ${SSH_CONNECTION##* }'])).stdout;
    };
    assert.equal(await inner([...gate.knownHosts, ...sshd.knownHosts]), `${sshd.port}\n`);
    assert.equal((await failureOf(inner(gate.knownHosts))).facts['port'], sshd.port);
    assert.equal((await failureOf(inner(sshd.knownHosts))).facts['port'], gate.port);
  });

  it('dies with the host on the way', async () => {
    const options = await throughGate([...gate.knownHosts, ...sshd.knownHosts]);
    const session = sessionWith(sshd, options);
    await session.exec(['true']);
    const running = failureOf(session.exec(['sleep', '30']));
    setTimeout(() => gate.killConnections(), 200);
    assert.equal((await running).code, 'target.unreachable');
    assert.equal((await session.exec(['echo', 'again'])).stdout, 'again\n');
  });

  it('leaves no connection to the host on the way', async () => {
    const session = sessionWith(sshd, await throughGate([...gate.knownHosts, ...sshd.knownHosts]));
    await session.exec(['true']);
    assert.notEqual(gate.connections().length, 0);
    await session.close();
    for (let tries = 0; tries < 50 && gate.connections().length > 0; tries++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(gate.connections().length, 0);
  });

  it('says what cannot be reached through a hop', async () => {
    const options = await throughGate([...gate.knownHosts, ...sshd.knownHosts]);
    const refusal = await failureOf(sessionWith(sshd, {...options, port: 1}).exec(['true']));
    assert.equal(refusal.code, 'target.unreachable');
    assert.match(refusal.message, /cannot be reached through gate/);
  });
});
