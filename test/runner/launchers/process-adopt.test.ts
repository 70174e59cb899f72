import assert from 'node:assert/strict';
import {mkdir, readdir, readFile, rm, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {identifySelf} from '../../../src/platform/process-identity.ts';
import {supervisorState} from '../../../src/runner/launchers/process/launcher.ts';
import {
  awaitExit,
  endAll,
  isRunning,
  kill,
  listProcesses,
  makeJob,
  pause,
  readText,
  supervise,
  supervisorPid,
  until,
  untilLogged,
  untilPaused,
  wrapperPid,
} from './job-bench.ts';

const now = (): number => Date.now();

describe('process supervisor: adoption', function () {
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });
  afterEach(endAll);

  it('learns the true exit of an orphaned job', async () => {
    const paths = await makeJob('writer', {options: ['1200']});
    await supervise(paths);
    await untilLogged(paths, 'secret');
    await kill(await supervisorPid(paths));
    assert.equal(await supervisorState(paths, now), 'dead');
    await supervise(paths, 'adopt');
    await until(
      'the adopter',
      async () => (await readdir(paths.state)).includes('supervisor.1.json') || undefined,
    );
    assert.equal(await supervisorState(paths, now), 'alive');
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.rc, exit.sums?.lines], ['exit', 0, 2]);
    assert.match((await readText(paths.log)) ?? '', /done\n$/);
    assert.equal((await readText(join(paths.folder, 'starts')))?.split('\n').length, 2);
  });

  it('finishes a job that ended without a supervisor', async () => {
    const paths = await makeJob('fail', {options: ['7']});
    await supervise(paths, 'fresh', 'supervisor-before-exit');
    await kill(await untilPaused(paths));
    assert.ok((await readText(paths.sums)) !== undefined);
    await supervise(paths, 'adopt');
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.rc], ['exit', 7]);
  });

  it('calls a job lost when everything was killed', async () => {
    const paths = await makeJob('forever');
    await supervise(paths);
    await untilLogged(paths, 'running');
    const wrapper = await wrapperPid(paths);
    await kill(await supervisorPid(paths));
    await kill(-wrapper);
    await supervise(paths, 'adopt');
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.rc, exit.isStarted, exit.sums?.lines], ['lost', null, true, 0]);
  });

  it('ends what is left when the wrapper is gone', async () => {
    const paths = await makeJob('forever', {
      job: {argv: ['sh', '-c', 'echo $$ > pid; echo running; sleep 100']},
    });
    await supervise(paths);
    await untilLogged(paths, 'running');
    await kill(await supervisorPid(paths));
    await kill(await wrapperPid(paths));
    const job = Number(await readText(join(paths.folder, 'pid')));
    assert.equal(isRunning(job), true);
    await supervise(paths, 'adopt');
    assert.equal((await awaitExit(paths)).reason, 'lost');
    assert.equal(isRunning(job), false);
  });

  it('needs no supervisor to end a grandchild', async () => {
    const paths = await makeJob('leaves-grandchild');
    await supervise(paths, 'fresh', 'wrapper-before-rc');
    const wrapper = await untilPaused(paths);
    await kill(await supervisorPid(paths));
    const grandchild = Number(await readText(join(paths.outputs, 'pid')));
    assert.equal(isRunning(grandchild), true);
    process.kill(wrapper, 'SIGCONT');
    await until('the end of the grandchild', () => !isRunning(grandchild) || undefined);
    await supervise(paths, 'adopt');
    assert.deepEqual([(await awaitExit(paths)).reason, (await awaitExit(paths)).rc], ['exit', 0]);
  });

  it('cancels an adopted job', async () => {
    const paths = await makeJob('ignores-sigterm');
    await supervise(paths);
    await untilLogged(paths, 'running');
    await kill(await supervisorPid(paths));
    await supervise(paths, 'adopt');
    await writeFile(paths.cancel, '');
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.signal], ['cancel', 'SIGKILL']);
    assert.equal(isRunning(await wrapperPid(paths)), false);
  });

  it('goes on with a stop that its predecessor began', async () => {
    const paths = await makeJob('ignores-sigterm', {job: {limits: {timeoutMs: 3000, stopGraceMs: 4000}}});
    await supervise(paths);
    await until('the stop', () => readText(paths.stop));
    await kill(await supervisorPid(paths));
    await supervise(paths, 'adopt');
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.signal], ['timeout', 'SIGKILL']);
  });

  it('names the stop that its predecessor finished', async () => {
    const paths = await makeJob('ignores-sigterm', {job: {limits: {timeoutMs: 3000, stopGraceMs: 8000}}});
    await supervise(paths);
    await until('the stop', () => readText(paths.stop));
    await kill(await supervisorPid(paths));
    await kill(-(await wrapperPid(paths)));
    await supervise(paths, 'adopt');
    assert.deepEqual([(await awaitExit(paths)).reason, (await awaitExit(paths)).rc], ['timeout', null]);
  });

  it('counts the time before the adoption', async () => {
    const paths = await makeJob('forever', {job: {limits: {timeoutMs: 6000, stopGraceMs: 300}}});
    await supervise(paths);
    await untilLogged(paths, 'running');
    await kill(await supervisorPid(paths));
    await pause(5000);
    const adoptedAt = now();
    await supervise(paths, 'adopt');
    assert.equal((await awaitExit(paths)).reason, 'timeout');
    assert.ok(now() - adoptedAt < 5000);
  });

  it('rules out a wrapper that comes late', async () => {
    const paths = await makeJob('writer');
    await supervise(paths, 'fresh', 'wrapper-before-claim');
    const wrapper = await untilPaused(paths);
    await kill(await supervisorPid(paths));
    await supervise(paths, 'adopt');
    const exit = await awaitExit(paths);
    process.kill(wrapper, 'SIGCONT');
    await until('the end of the wrapper', () => !isRunning(wrapper) || undefined);
    assert.deepEqual([exit.reason, exit.isStarted, exit.sums], ['lost', false, null]);
    assert.equal(await readText(join(paths.folder, 'starts')), undefined);
    assert.equal(await readText(paths.rc), undefined);
  });

  it('sees a wrapper through that was faster', async () => {
    const paths = await makeJob('writer', {options: ['300']});
    await supervise(paths, 'fresh', 'wrapper-before-claim');
    const wrapper = await untilPaused(paths);
    await kill(await supervisorPid(paths));
    await supervise(paths, 'adopt', 'adopter-before-claim');
    const adopter = await until('the adopter', async () => {
      const pid = await supervisorPid(paths);
      return /^\d+ \(.*\) T/s.test((await readText(`/proc/${pid}/stat`)) ?? '') ? pid : undefined;
    });
    process.kill(wrapper, 'SIGCONT');
    await untilLogged(paths, 'secret');
    process.kill(adopter, 'SIGCONT');
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.rc, exit.isStarted], ['exit', 0, true]);
  });

  it('leaves a living supervisor alone', async () => {
    const paths = await makeJob('forever');
    await supervise(paths);
    await untilLogged(paths, 'running');
    const pid = await supervisorPid(paths);
    process.kill(pid, 'SIGSTOP');
    await supervise(paths, 'adopt');
    await pause(800);
    assert.deepEqual(
      (await readdir(paths.state)).filter((name) => name.startsWith('supervisor.')),
      [],
    );
    assert.equal(await supervisorState(paths, now), 'alive');
  });

  it('lets one of several adopters have it', async () => {
    const paths = await makeJob('writer', {options: ['8000']});
    await supervise(paths);
    await untilLogged(paths, 'secret');
    await kill(await supervisorPid(paths));
    await Promise.all([1, 2, 3].map(() => supervise(paths, 'adopt')));
    await until('two that give way', () => listProcesses(paths, 'adopt').length === 1 || undefined);
    assert.equal(await readText(paths.exit), undefined);
    assert.equal((await awaitExit(paths)).rc, 0);
    const claims = (await readdir(paths.state)).filter((name) => name.startsWith('supervisor.'));
    assert.deepEqual(claims, ['supervisor.1.json']);
  });

  it('adopts from a dead adopter', async () => {
    const paths = await makeJob('writer', {options: ['1500']});
    await supervise(paths);
    await untilLogged(paths, 'secret');
    await kill(await supervisorPid(paths));
    await supervise(paths, 'adopt');
    await until(
      'the adopter',
      async () => (await readdir(paths.state)).includes('supervisor.1.json') || undefined,
    );
    await kill(await supervisorPid(paths));
    await supervise(paths, 'adopt');
    assert.equal((await awaitExit(paths)).rc, 0);
    assert.ok((await readdir(paths.state)).includes('supervisor.2.json'));
  });

  it('outlives a first supervisor that wakes up late', async () => {
    const paths = await makeJob('writer');
    await supervise(paths, 'fresh', 'supervisor-before-started');
    const late = await untilPaused(paths);
    await supervise(paths, 'adopt');
    const exit = await awaitExit(paths);
    process.kill(late, 'SIGCONT');
    await until('the end of the late one', () => !isRunning(late) || undefined);
    assert.deepEqual([exit.reason, exit.isStarted], ['lost', false]);
    assert.deepEqual(await awaitExit(paths), exit);
    assert.equal(await readText(join(paths.folder, 'starts')), undefined);
  });

  it('leaves an attempt that has ended', async () => {
    const paths = await makeJob('silent');
    await supervise(paths);
    await awaitExit(paths);
    const before = await readFile(paths.exit);
    await supervise(paths, 'adopt');
    await pause(700);
    assert.deepEqual(await readFile(paths.exit), before);
    assert.equal(
      (await readdir(paths.state)).some((name) => name.startsWith('supervisor.')),
      false,
    );
  });
});

describe('supervisorState', () => {
  it('waits before it calls a silent supervisor dead', async () => {
    const paths = await makeJob('silent');
    await mkdir(paths.attempt, {recursive: true});
    assert.equal(await supervisorState(paths, now), 'unknown');
    assert.equal(await supervisorState(paths, () => now() + 60_000), 'dead');
  });

  it('judges another host by its heartbeat only', async () => {
    const paths = await makeJob('silent');
    await mkdir(paths.state, {recursive: true});
    const supervisor = {...identifySelf(), host: 'elsewhere', pid: 4_194_303};
    await writeFile(paths.started, JSON.stringify({attempt: 1, supervisor, at: '2026-11-23T00:00:00.000Z'}));
    assert.equal(await supervisorState(paths, now), 'unknown');
    await writeFile(paths.heartbeat, '000000000001\n');
    assert.equal(await supervisorState(paths, now), 'alive');
    await utimes(paths.heartbeat, 1000, 1000);
    assert.equal(await supervisorState(paths, now), 'unknown');
    await rm(paths.heartbeat);
    assert.equal(await supervisorState(paths, now), 'unknown');
  });
});
