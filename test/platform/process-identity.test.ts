import assert from 'node:assert/strict';
import type {ChildProcess} from 'node:child_process';
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {copyFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {ProcessIdentity} from '../../src/platform/process-identity.ts';
import {
  identifyProcess,
  identifySelf,
  isProcessIdentity,
  isProvenAlive,
  isProvenDead,
} from '../../src/platform/process-identity.ts';
import {temporaryFolder} from '../support/temporary.ts';

const children: ChildProcess[] = [];

async function startChild(program = 'sleep'): Promise<ProcessIdentity> {
  const child = spawn(program, ['100'], {stdio: 'ignore'});
  children.push(child);
  await once(child, 'spawn');
  const identity = identifyProcess(child.pid ?? 0);
  assert.ok(identity !== undefined);
  return identity;
}

describe('process identity', () => {
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('knows itself', () => {
    const self = identifySelf();
    assert.deepEqual(identifyProcess(process.pid), self);
    assert.ok(self.boot !== null && self.namespace !== null && self.start !== null);
    assert.deepEqual([isProvenAlive(self), isProvenDead(self)], [true, false]);
    assert.equal(isProcessIdentity(JSON.parse(JSON.stringify(self))), true);
  });

  it('proves that a process runs, then that it ended', async () => {
    const child = await startChild();
    assert.deepEqual([isProvenAlive(child), isProvenDead(child)], [true, false]);
    children[0]?.kill('SIGKILL');
    await once(children[0] ?? process, 'exit');
    assert.deepEqual([isProvenAlive(child), isProvenDead(child)], [false, true]);
    assert.equal(identifyProcess(child.pid), undefined);
  });

  it('proves nothing wrong about a stopped process', async () => {
    const child = await startChild();
    process.kill(child.pid, 'SIGSTOP');
    assert.deepEqual([isProvenAlive(child), isProvenDead(child)], [true, false]);
  });

  it('reads past spaces and parentheses in a name', async () => {
    const program = join(await temporaryFolder('name'), 'a) Z 1 (b');
    await copyFile('/bin/sleep', program);
    execFileSync('chmod', ['+x', program]);
    const child = await startChild(program);
    assert.match(child.start ?? '', /^\d+$/);
    assert.equal(isProvenAlive(child), true);
  });

  it('takes a reused pid for the death of the first owner', async () => {
    const child = await startChild();
    const before = {...child, start: '1'};
    assert.deepEqual([isProvenAlive(before), isProvenDead(before)], [false, true]);
  });

  it('counts a zombie as dead', async () => {
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 100'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    children.push(parent);
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const zombie = identifyProcess(Number(line.toString()));
    assert.ok(zombie !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 400));
    process.kill(zombie.pid, 0);
    assert.deepEqual([isProvenDead(zombie), identifyProcess(zombie.pid)], [true, undefined]);
  });

  it('takes another boot for death', async () => {
    const child = {...(await startChild()), boot: 'another'};
    assert.deepEqual([isProvenAlive(child), isProvenDead(child)], [false, true]);
  });

  const doubts: Record<string, Partial<ProcessIdentity>> = {
    'of another host': {host: 'elsewhere'},
    'of another host and boot': {host: 'elsewhere', boot: 'another'},
    'of another namespace': {namespace: 'pid:[1]'},
    'of an unknown namespace': {namespace: null},
  };
  for (const [what, change] of Object.entries(doubts)) {
    it(`doubts about an absent pid ${what}`, () => {
      const absent = {...identifySelf(), pid: 4_194_303, start: '1', ...change};
      assert.deepEqual([isProvenAlive(absent), isProvenDead(absent)], [false, false]);
    });
  }

  it('doubts about a present pid without start time', async () => {
    const child = {...(await startChild()), start: null};
    assert.deepEqual([isProvenAlive(child), isProvenDead(child)], [false, false]);
  });
});

describe('isProcessIdentity', () => {
  it('refuses what is none', () => {
    const self = identifySelf();
    const none = [
      null,
      'x',
      {},
      {...self, pid: 0},
      {...self, pid: -1},
      {...self, pid: '1'},
      {...self, host: null},
      {...self, start: 1},
    ];
    for (const value of none) assert.equal(isProcessIdentity(value), false);
  });
});
