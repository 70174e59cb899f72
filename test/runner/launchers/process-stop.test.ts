import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {
  endAll,
  awaitExit,
  digestOf,
  isRunning,
  kill,
  makeJob,
  pause,
  readText,
  runToEnd,
  supervise,
  until,
  untilLogged,
  untilPaused,
  wrapperPid,
} from './job-bench.ts';
import type {JobPaths} from '../../../src/runner/job-paths.ts';

async function cancel(paths: JobPaths): Promise<void> {
  await writeFile(paths.cancel, '');
}

describe('process supervisor: stopping', function () {
  before(function () {
    if (process.platform === 'win32') this.skip();
  });
  afterEach(endAll);

  it('cancels with a polite signal first', async () => {
    const paths = await makeJob('graceful', {job: {limits: {timeoutMs: null, stopGraceMs: 8000}}});
    await supervise(paths);
    await untilLogged(paths, 'running');
    await cancel(paths);
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.rc, exit.signal], ['cancel', 0, null]);
    assert.equal(exit.sums?.lines, 1);
  });

  it('kills a job that ignores the request', async () => {
    const paths = await makeJob('ignores-sigterm');
    await supervise(paths);
    await untilLogged(paths, 'running');
    const pid = await wrapperPid(paths);
    await cancel(paths);
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.rc, exit.signal, exit.isStarted], ['cancel', null, 'SIGKILL', true]);
    assert.equal(isRunning(pid), false);
    assert.match((await readText(paths.log)) ?? '', /no\n/);
  });

  it('calls a job cancelled when the request and the end of it are heard of together', async () => {
    const paths = await makeJob('forever', {job: {limits: {timeoutMs: null, stopGraceMs: 20_000}}});
    await supervise(paths);
    await untilLogged(paths, 'running');
    const pid = await wrapperPid(paths);
    process.kill(pid, 'SIGSTOP');
    await cancel(paths);
    await until('the request', () => readText(paths.stop));
    await pause(500);
    process.kill(pid, 'SIGCONT');
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.rc, exit.signal], ['cancel', null, 'SIGTERM']);
  });

  it('names the signal that a cancelled job died of', async () => {
    const paths = await makeJob('forever');
    await supervise(paths);
    await untilLogged(paths, 'running');
    await cancel(paths);
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.rc, exit.signal], ['cancel', null, 'SIGTERM']);
  });

  it('does not start what was cancelled before', async () => {
    const paths = await makeJob('writer', {job: {inputs: [{name: 'none', digest: digestOf(''), size: 0}]}});
    await supervise(paths, 'fresh', 'supervisor-before-started');
    const pid = await untilPaused(paths);
    await mkdir(paths.state);
    await cancel(paths);
    process.kill(pid, 'SIGCONT');
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.isStarted, exit.sums], ['cancel', false, null]);
    assert.equal(await readText(join(paths.folder, 'starts')), undefined);
  });

  it('does not start what was cancelled meanwhile', async () => {
    const paths = await makeJob('writer');
    await supervise(paths, 'fresh', 'supervisor-before-wrapper');
    const pid = await untilPaused(paths);
    await cancel(paths);
    process.kill(pid, 'SIGCONT');
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.isStarted], ['cancel', false]);
    assert.equal(await readText(join(paths.folder, 'starts')), undefined);
  });

  it('does not wait for a wrapper that lingers', async () => {
    const paths = await makeJob('writer');
    await supervise(paths, 'fresh', 'wrapper-after-rc');
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.rc, isRunning(await wrapperPid(paths))], ['exit', 0, false]);
  });

  it('keeps the exit of a job that ended before', async () => {
    const paths = await makeJob('writer');
    await supervise(paths, 'fresh', 'supervisor-before-exit');
    const pid = await untilPaused(paths);
    await cancel(paths);
    process.kill(pid, 'SIGCONT');
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.rc], ['exit', 0]);
  });

  it('keeps the exit of a job that was faster', async () => {
    const limits = {timeoutMs: null, stopGraceMs: 8000};
    const paths = await makeJob('writer', {job: {limits}});
    await supervise(paths, 'fresh', 'wrapper-before-rc');
    const wrapper = await untilPaused(paths);
    await cancel(paths);
    await until('the stop', () => readText(paths.stop));
    await pause(100);
    process.kill(wrapper, 'SIGCONT');
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.rc, exit.sums?.lines], ['exit', 0, 2]);
  });

  it('stops a job whose time is over', async () => {
    const paths = await makeJob('forever', {job: {limits: {timeoutMs: 3000, stopGraceMs: 8000}}});
    const exit = await runToEnd(paths);
    assert.deepEqual([exit.reason, exit.signal, exit.isStarted], ['timeout', 'SIGTERM', true]);
  });

  it('calls a signal from elsewhere a signal', async () => {
    const paths = await makeJob('forever');
    await supervise(paths);
    await untilLogged(paths, 'running');
    process.kill(-(await wrapperPid(paths)), 'SIGTERM');
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.signal], ['signal', 'SIGTERM']);
  });

  it('ends the job of a wrapper that was killed', async () => {
    const paths = await makeJob('leaves-grandchild', {
      job: {argv: ['env', '-i', 'sh', '-c', 'echo running; echo $$ > pid; sleep 100']},
    });
    await supervise(paths);
    await untilLogged(paths, 'running');
    const job = Number(
      await until('the pid', async () => (await readText(join(paths.folder, 'pid'))) || undefined),
    );
    await kill(await wrapperPid(paths));
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.rc, exit.isStarted], ['lost', null, true]);
    assert.equal(isRunning(job), false);
  });
});
