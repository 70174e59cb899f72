import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fingerprintOf} from '../../../../src/runner/transports/ssh/host-key.ts';
import {addKnownHost} from '../../../../src/runner/transports/ssh/known-hosts-file.ts';
import {findHostKeys, knownHostName} from '../../../../src/runner/transports/ssh/known-hosts.ts';
import type {HostIdentity, Verdict} from '../../../../src/runner/transports/ssh/verify-host.ts';
import {
  findHostRecord,
  judgeHostKey,
  knownTypes,
  refusalOf,
} from '../../../../src/runner/transports/ssh/verify-host.ts';
import {hasSshd, makeKey, publicKeyOf} from '../../../support/sshd.ts';
import {temporaryFolder} from '../../../support/temporary.ts';

let folder: string;
/** `TYPE BASE64` of three different keys. */
let ed: string, other: string, ecdsa: string;

const bytes = (key: string): Buffer => Buffer.from(key.split(' ')[1] ?? '', 'base64');

async function fileOf(...lines: string[]): Promise<string> {
  const path = join(await temporaryFolder('known'), 'known_hosts');
  await writeFile(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}

async function judge(key: string, lines: string[], host: Partial<HostIdentity> = {}): Promise<Verdict> {
  const identity = identify([await fileOf(...lines)], host);
  return judgeHostKey(bytes(key), await findHostRecord(identity));
}

function identify(knownHostsFiles: string[], host: Partial<HostIdentity> = {}): HostIdentity {
  return {
    label: 'box',
    trustCommand: 'cosmos target trust box',
    hostName: 'box',
    port: 22,
    knownHostsFiles,
    ...host,
  };
}

before(async function () {
  if (!hasSshd()) return;
  folder = await temporaryFolder('keys');
  ed = publicKeyOf(makeKey(join(folder, 'a')));
  other = publicKeyOf(makeKey(join(folder, 'b')));
  ecdsa = publicKeyOf(makeKey(join(folder, 'c'), 'ecdsa'));
});

describe('findHostKeys', () => {
  before(function () {
    if (!hasSshd()) this.skip();
  });

  const CASES: [string, string, boolean][] = [
    ['box', 'box', true],
    ['other,box', 'box', true],
    ['box', 'boxer', false],
    ['BOX', 'box', true],
    ['*.lab', 'a.lab', true],
    ['*.lab', 'a.lab.example', false],
    ['bo?', 'box', true],
    ['*.lab,!b.lab', 'b.lab', false],
    ['!b.lab,*.lab', 'a.lab', true],
    ['[box]:2222', '[box]:2222', true],
    ['[box]:2222', 'box', false],
    ['[*]:2222', '[box]:2222', true],
    ['box', '[box]:2222', false],
    ['b.x', 'box', false],
  ];
  for (const [names, name, isFound] of CASES) {
    it(`${isFound ? 'finds' : 'does not find'} ${name} under ${names}`, async () => {
      const found = await findHostKeys([await fileOf(`${names} ${ed} a comment`)], name);
      assert.equal(found.length, isFound ? 1 : 0);
    });
  }

  it('finds what ssh-keygen has hashed', async () => {
    const file = await fileOf(`box,10.0.0.1 ${ed}`, `[box]:2222 ${ecdsa}`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], {stdio: 'ignore'});
    assert.match(await readFile(file, 'utf8'), /^\|1\|/);
    const types = async (name: string): Promise<string[]> =>
      (await findHostKeys([file], name)).map((line) => line.type);
    assert.deepEqual(await types('box'), ['ssh-ed25519']);
    assert.deepEqual(await types('10.0.0.1'), ['ssh-ed25519']);
    assert.deepEqual(await types('[box]:2222'), ['ecdsa-sha2-nistp256']);
    assert.deepEqual(await types('elsewhere'), []);
  });

  it('passes over comments and broken lines', async () => {
    const file = await fileOf(
      '# box',
      '',
      `#box ${ed}`,
      'box',
      'box ssh-rsa AAAA',
      `box ssh-rsa ${ed.split(' ')[1] ?? ''}`,
      `@odd box ${ed}`,
      `  box\t${ed}  `,
    );
    const found = await findHostKeys([file], 'box');
    assert.deepEqual(
      found.map(({line, file: path}) => [line, path]),
      [[8, file]],
    );
  });

  it('reads several files and misses none', async () => {
    const files = [await fileOf(`box ${ed}`), join(folder, 'absent'), await fileOf(`box ${ecdsa}`)];
    assert.equal((await findHostKeys(files, 'box')).length, 2);
  });

  it('fails when a file cannot be read', async () => {
    await assert.rejects(findHostKeys([await fileOf(`box ${ed}`), folder], 'box'), {code: 'file.unreadable'});
  });
});

describe('judgeHostKey', () => {
  before(function () {
    if (!hasSshd()) this.skip();
  });

  it('knows a key on any line', async () => {
    assert.equal((await judge(ed, [`box ${other}`, `box ${ed}`])).is, 'known');
  });

  it('calls a host without lines unknown', async () => {
    assert.equal((await judge(ed, [`elsewhere ${ed}`])).is, 'unknown');
  });

  it('names the line that differs', async () => {
    const verdict = await judge(ed, [`box ${ecdsa}`, `box ${other}`]);
    assert.ok(verdict.is === 'changed');
    assert.equal(verdict.line.line, 2);
  });

  it('calls a key of another type changed', async () => {
    assert.equal((await judge(ed, [`box ${ecdsa}`])).is, 'changed');
  });

  it('refuses a revoked key that is also known', async () => {
    assert.equal((await judge(ed, [`box ${ed}`, `@revoked * ${ed}`])).is, 'revoked');
    assert.equal((await judge(ed, [`box ${ed}`, `@revoked * ${other}`])).is, 'known');
  });

  it('tells of a certificate authority', async () => {
    assert.equal((await judge(ed, [`@cert-authority box ${other}`])).is, 'certified');
    assert.equal((await judge(ed, [`@cert-authority box ${other}`, `box ${ed}`])).is, 'known');
  });

  it('accepts the name without a port, and only that', async () => {
    const host = {port: 2222};
    assert.equal((await judge(ed, [`box ${ed}`], host)).is, 'known');
    assert.equal((await judge(ed, [`box ${other}`], host)).is, 'unknown');
    assert.equal((await judge(ed, [`box ${ed}`, `[box]:2222 ${other}`], host)).is, 'changed');
    assert.equal((await judge(ed, [`[box]:2222 ${ed}`])).is, 'unknown');
  });

  it('looks under the alias when there is one', async () => {
    const host = {port: 2222, alias: 'Lab'};
    assert.equal((await judge(ed, [`lab ${ed}`], host)).is, 'known');
    assert.equal((await judge(ed, [`[box]:2222 ${ed}`], host)).is, 'unknown');
  });

  it('tells which types are known', async () => {
    const identity = identify([await fileOf(`box ${ecdsa}`, `@revoked box ${ed}`)]);
    assert.deepEqual([...knownTypes(await findHostRecord(identity))], ['ecdsa-sha2-nistp256']);
  });
});

describe('refusalOf', () => {
  before(function () {
    if (!hasSshd()) this.skip();
  });

  it('shows the fingerprint that ssh prints', () => {
    const printed = execFileSync('ssh-keygen', ['-l', '-f', join(folder, 'a.pub')], {encoding: 'utf8'});
    assert.equal(fingerprintOf(bytes(ed)), printed.split(' ')[1]);
  });

  it('shows both fingerprints and the old line', async () => {
    const identity = identify([await fileOf(`box ${other}`)]);
    const refusal = refusalOf(judgeHostKey(bytes(ed), await findHostRecord(identity)), bytes(ed), identity);
    assert.equal(refusal?.code, 'host.changed');
    for (const part of [fingerprintOf(bytes(ed)), fingerprintOf(bytes(other)), 'known_hosts line 1'])
      assert.ok(refusal.message.includes(part), part);
    assert.match(refusal.hint ?? '', /cosmos target trust box/);
  });

  it('names the command that accepts an unknown key', () => {
    const refusal = refusalOf({is: 'unknown'}, bytes(ed), identify([]));
    assert.equal(refusal?.code, 'host.unknown');
    assert.ok(refusal.message.includes(`ssh-ed25519 ${fingerprintOf(bytes(ed))}`));
    assert.match(refusal.hint ?? '', /cosmos target trust box/);
  });
});

describe('addKnownHost', () => {
  before(function () {
    if (!hasSshd()) this.skip();
  });

  it('makes the folder and file for one person', async () => {
    const file = join(await temporaryFolder('home'), '.ssh', 'known_hosts');
    await addKnownHost({hostName: 'Box', port: 2222, key: bytes(ed), knownHostsFiles: [file]});
    assert.equal(await readFile(file, 'utf8'), `[box]:2222 ${ed}\n`);
    assert.equal((await stat(join(file, '..'))).mode & 0o777, 0o700);
    assert.equal((await findHostKeys([file], knownHostName('box', 2222))).length, 1);
  });

  it('appends behind a line without end', async () => {
    const file = await fileOf();
    await writeFile(file, `# mine\nbox ${other}`);
    await addKnownHost({hostName: 'new', port: 22, key: bytes(ed), knownHostsFiles: ['/dev/null', file]});
    assert.equal(await readFile(file, 'utf8'), `# mine\nbox ${other}\nnew ${ed}\n`);
  });

  it('says so where no file keeps keys', async () => {
    const host = {hostName: 'box', port: 22, key: bytes(ed)};
    await assert.rejects(
      addKnownHost({...host, knownHostsFiles: ['/dev/null', '/etc/ssh/ssh_known_hosts']}),
      {
        code: 'config.invalid',
      },
    );
  });

  it('says so when the folder cannot be made', async () => {
    const taken = join(await temporaryFolder('home'), 'file');
    await writeFile(taken, '');
    const host = {hostName: 'box', port: 22, key: bytes(ed)};
    await assert.rejects(addKnownHost({...host, knownHostsFiles: [join(taken, 'known_hosts')]}), {
      code: 'output.failed',
    });
  });
});
