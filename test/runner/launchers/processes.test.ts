import assert from 'node:assert/strict';
import type {ChildProcess} from 'node:child_process';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import type {ProcessIdentity} from '../../../src/platform/process-identity.ts';
import {identifyProcess} from '../../../src/platform/process-identity.ts';
import {describeEnd} from '../../../src/runner/launchers/process/finish.ts';
import {clearJob, isSurelyGone} from '../../../src/runner/launchers/process/processes.ts';
import type {RcRecord, StopRecord} from '../../../src/runner/launchers/process/records.ts';
import {isRunning, until} from './job-bench.ts';

const NO_OUTPUTS = '/no/such/outputs';
const children: ChildProcess[] = [];

/** A process that leads its own group and session, as a wrapper does. */
async function startLeader(env: NodeJS.ProcessEnv = {}): Promise<ProcessIdentity> {
  const child = spawn('sleep', ['100'], {detached: true, stdio: 'ignore', env: {...process.env, ...env}});
  children.push(child);
  await once(child, 'spawn');
  const identity = identifyProcess(child.pid ?? 0);
  assert.ok(identity !== undefined);
  return identity;
}

describe('clearJob', () => {
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('returns when the group is gone', async () => {
    const wrapper = await startLeader();
    await clearJob(wrapper, NO_OUTPUTS);
    assert.equal(isRunning(wrapper.pid), false);
  });

  it('ends what carries the mark, in any session', async () => {
    const [marked, other] = await Promise.all([
      startLeader({COSMOS_OUTPUTS: '/a/b'}),
      startLeader({COSMOS_OUTPUTS: '/a/bc'}),
    ]);
    const wrapper = {...marked, pid: 4_194_303, start: '1'};
    await clearJob(wrapper, '/a/b');
    assert.deepEqual([isRunning(marked.pid), isRunning(other.pid)], [false, true]);
  });

  it('spares a stranger with the number of the group', async () => {
    const stranger = await startLeader();
    await clearJob({...stranger, start: '1'}, NO_OUTPUTS);
    await clearJob({...stranger, boot: 'another'}, NO_OUTPUTS);
    assert.equal(isRunning(stranger.pid), true);
  });
});

describe('isSurelyGone', () => {
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('reads command lines where start times are unknown', async function () {
    if (process.platform === 'win32') this.skip();
    const child = {...(await startLeader()), start: null};
    assert.equal(await isSurelyGone(child, 'sleep 100'), false);
    assert.equal(await isSurelyGone(child, '/jobs/another'), true);
    assert.equal(await isSurelyGone({...child, host: 'elsewhere'}, '/jobs/another'), false);
    children[0]?.kill('SIGKILL');
    await until('the end', () => !isRunning(child.pid) || undefined);
    assert.equal(await isSurelyGone(child, 'sleep 100'), true);
  });
});

describe('describeEnd', () => {
  const rc: RcRecord = {rc: 0, signal: null, isStarted: true, isStopped: false, at: 'then'};
  const stop: StopRecord = {reason: 'cancel', at: 'before'};
  const cases: [string, RcRecord | undefined, StopRecord | undefined, string][] = [
    ['exit', rc, undefined, 'ended by itself'],
    ['exit', {...rc, isStopped: true}, undefined, 'left after somebody else asked it to'],
    ['exit', rc, stop, 'ended before the stop reached it'],
    ['cancel', {...rc, isStopped: true}, stop, 'left because it was asked to'],
    [
      'cancel',
      {...rc, rc: null, signal: 'SIGTERM', isStopped: true},
      stop,
      'died because it was asked to leave',
    ],
    ['signal', {...rc, rc: null, signal: 'SIGSEGV'}, stop, 'crashed before the stop reached it'],
    ['timeout', undefined, {...stop, reason: 'timeout'}, 'was killed after its time'],
    ['lost', undefined, undefined, 'vanished'],
  ];
  for (const [reason, found, asked, what] of cases) {
    it(`says ${reason} of a job that ${what}`, () => {
      assert.equal(describeEnd(found, asked, 'start', 'now').reason, reason);
    });
  }
});
