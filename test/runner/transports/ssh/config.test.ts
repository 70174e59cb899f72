import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {HostConfig} from '../../../../src/runner/transports/ssh/config.ts';
import {resolveHost} from '../../../../src/runner/transports/ssh/config.ts';
import {parseHops} from '../../../../src/runner/transports/ssh/hop.ts';
import {planRoute} from '../../../../src/runner/transports/ssh/route.ts';
import {temporaryFolder} from '../../../support/temporary.ts';

const NO_SSH = '/no/such/ssh';

function hasSsh(): boolean {
  try {
    execFileSync('ssh', ['-V'], {stdio: 'ignore'});
    return true;
  } catch {
    return false;
  }
}

async function homeWith(config: string, more: Record<string, string> = {}): Promise<string> {
  const home = await temporaryFolder('home');
  await mkdir(join(home, '.ssh', 'conf.d'), {recursive: true});
  for (const [name, text] of Object.entries({config, ...more}))
    await writeFile(join(home, '.ssh', name), text);
  return home;
}

const CONFIG = `
Host lab
  HostName 10.1.2.3
  Port 2200
  User ann
  IdentityFile ~/.ssh/first
  IdentityFile "~/my keys/second"
  IdentitiesOnly yes
  IdentityAgent ~/agent.sock
  UserKnownHostsFile ~/.ssh/kh1 ~/.ssh/kh2
  GlobalKnownHostsFile /etc/kh
  HostKeyAlias farm
  ProxyJump gate,bob@[::1]:2022
Host *.gpu
  HostName %h.example.org
  User late
Host direct
  ProxyCommand nc %h %p
Host *
  User fallback
`;

for (const [means, sshProgram] of [
  ['ssh', 'ssh'],
  ['the parser', NO_SSH],
] as const) {
  describe(`resolveHost with ${means}`, () => {
    before(function () {
      if (sshProgram === 'ssh' && !hasSsh()) this.skip();
    });

    const resolve = async (host: string, home: string, more = {}): Promise<HostConfig> =>
      resolveHost({host, ...more}, {home, env: {}, sshProgram});

    it('reads every keyword of an alias', async () => {
      const home = await homeWith(CONFIG);
      assert.deepEqual(await resolve('lab', home), {
        hostName: '10.1.2.3',
        port: 2200,
        user: 'ann',
        identityFiles: [join(home, '.ssh/first'), join(home, 'my keys/second')],
        isIdentitiesOnly: true,
        agent: join(home, 'agent.sock'),
        hops: [
          {host: 'gate', port: undefined, user: undefined},
          {host: '::1', port: 2022, user: 'bob'},
        ],
        knownHostsFiles: [join(home, '.ssh/kh1'), join(home, '.ssh/kh2'), '/etc/kh'],
        hostKeyAlias: 'farm',
      });
    });

    it('lets the first word for a keyword win', async () => {
      const home = await homeWith(CONFIG);
      const {hostName, user} = await resolve('a.gpu', home);
      assert.deepEqual([hostName, user], ['a.gpu.example.org', 'late']);
      assert.equal((await resolve('any', home)).user, 'fallback');
    });

    it('lets explicit words win', async () => {
      const home = await homeWith(CONFIG);
      const {user, port} = await resolve('lab', home, {user: 'me', port: 9});
      assert.deepEqual([user, port], ['me', 9]);
    });

    it('refuses a ProxyCommand and names ProxyJump', async () => {
      const home = await homeWith(CONFIG);
      await assert.rejects(resolve('direct', home), (error: Error & {code: string; hint: string}) => {
        assert.equal(error.code, 'config.invalid');
        assert.match(error.hint, /ProxyJump/);
        return true;
      });
    });

    it('follows what the config includes', async () => {
      const home = await homeWith('', {
        'conf.d/a': 'Host lab\n  HostName one\n',
        'conf.d/b': 'Host other\n  User wrong\n',
      });
      // ssh looks below the home of the system's user list for a relative name.
      const config = `Include ${join(home, '.ssh/conf.d/*')}\nUser after\nHost x\n  Port 7\n`;
      await writeFile(join(home, '.ssh/config'), config);
      const {hostName, user, port} = await resolve('lab', home);
      assert.deepEqual([hostName, user, port], ['one', 'after', 22]);
    });

    it('has the usual files without a config', async () => {
      const home = await temporaryFolder('home');
      const found = await resolve('plain', home);
      assert.equal(found.hostName, 'plain');
      assert.ok(found.identityFiles.includes(join(home, '.ssh/id_ed25519')));
      assert.deepEqual(found.knownHostsFiles.slice(0, 2), [
        join(home, '.ssh/known_hosts'),
        join(home, '.ssh/known_hosts2'),
      ]);
    });
  });
}

describe('resolveHost', () => {
  it('finds relative includes beside the config', async () => {
    const home = await homeWith('Include conf.d/[a] conf.d/b?\n', {
      'conf.d/[a]': 'Host lab\n  Port 3\n',
      'conf.d/b1': 'Include deeper\n',
      deeper: 'User deep\n',
    });
    const {port, user} = await resolveHost({host: 'lab'}, {home, env: {}, sshProgram: NO_SSH});
    assert.deepEqual([port, user], [3, 'deep']);
  });

  it('refuses names that could be options', async () => {
    for (const host of ['-oProxyCommand=touch x', '', 'a b', 'a\nb'])
      await assert.rejects(resolveHost({host}, {home: '/', env: {}}), {code: 'input.invalid'});
  });

  it('takes the agent that the config names', async () => {
    const home = await homeWith('Host a\n IdentityAgent $MINE\nHost b\n IdentityAgent none\n');
    const env = {SSH_AUTH_SOCK: '/usual', MINE: '/mine'};
    const agentOf = async (host: string): Promise<string | undefined> =>
      (await resolveHost({host}, {home, env, sshProgram: NO_SSH})).agent;
    assert.deepEqual(
      [await agentOf('a'), await agentOf('b'), await agentOf('c')],
      ['/mine', undefined, '/usual'],
    );
  });

  it('tells what ssh says of a broken config', async function () {
    if (!hasSsh()) this.skip();
    const home = await homeWith('Nonsense yes\n');
    await assert.rejects(resolveHost({host: 'a'}, {home, env: {}}), {code: 'config.invalid'});
  });
});

describe('parseHops', () => {
  it('reads all forms of a hop', () => {
    assert.deepEqual(parseHops('none'), []);
    assert.deepEqual(parseHops('ssh://u@h:1/, b'), [
      {host: 'h', port: 1, user: 'u'},
      {host: 'b', port: undefined, user: undefined},
    ]);
  });

  it('refuses what is no hop', () => {
    for (const text of ['a:b', 'a:99999', '', 'a,,b']) {
      assert.throws(() => parseHops(text), {code: 'config.invalid'});
    }
  });
});

describe('planRoute', () => {
  const names = async (home: string, host: string): Promise<string[]> =>
    (await planRoute({host, home, env: {}, sshProgram: NO_SSH})).map((stop) => stop.config.hostName);

  it('reaches the first hop by its own hops', async () => {
    const home = await homeWith('Host box\n ProxyJump b,c\nHost b\n ProxyJump a\nHost c\n ProxyJump never\n');
    assert.deepEqual(await names(home, 'box'), ['a', 'b', 'c', 'box']);
  });

  it('refuses a way that leads back', async () => {
    const home = await homeWith('Host a\n ProxyJump b\nHost b\n ProxyJump a\n');
    await assert.rejects(names(home, 'a'), {code: 'config.invalid'});
  });
});
