import assert from 'node:assert/strict';
import {mkdir, readdir, readFile, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {identifySelf} from '../../../../src/platform/process-identity.ts';
import {makeShellPath} from '../../../support/shells.ts';
import {
  awaitExit,
  endAll,
  isRunning,
  kill,
  pause,
  readText,
  supervisorPid,
  until,
  untilLogged,
  untilPaused,
  wrapperPid,
} from '../job-bench.ts';
import type {PosixBench} from './posix-bench.ts';
import {makeBench, underEachShell} from './posix-bench.ts';

const AT = '2026-11-23T00:00:00.000Z';

describe('posix supervisor under each shell: adoption', function () {
  const onEach = underEachShell();
  afterEach(endAll);

  it('learns the true exit of an orphaned job', () =>
    onEach(async (bench) => {
      const paths = await bench.begin('writer', {options: ['1200']});
      await untilLogged(paths, 'secret');
      assert.equal((await bench.launcher.look(paths)).state, 'alive');
      await kill(await supervisorPid(paths));
      assert.equal((await bench.launcher.look(paths)).state, 'dead');
      await Promise.all([bench.adopt(paths), bench.adopt(paths)]);
      await until('the adopter', async () => (await listClaims(paths.state)).length > 0 || undefined);
      assert.equal((await bench.launcher.look(paths)).state, 'alive');
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.rc, exit.sums?.lines], ['exit', 0, 2]);
      assert.deepEqual(await listClaims(paths.state), ['supervisor.1.json']);
      assert.equal((await readText(join(paths.folder, 'starts')))?.split('\n').length, 2);
    }));

  it('finishes a job that ended without a supervisor', () =>
    onEach(async (bench) => {
      const paths = await bench.prepare('fail', {options: ['7']});
      await bench.start(paths, 'supervisor-before-exit');
      await kill(await untilPaused(paths));
      await bench.adopt(paths);
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.rc], ['exit', 7]);
    }));

  it('ends what is left when the wrapper is gone', () =>
    onEach(async (bench) => {
      const paths = await bench.begin('silent', {
        job: {argv: ['sh', '-c', 'echo $$ > pid; echo running; exec sleep 100']},
      });
      await untilLogged(paths, 'running');
      await kill(await supervisorPid(paths));
      await kill(await wrapperPid(paths));
      const job = Number(await readText(join(paths.folder, 'pid')));
      assert.equal(isRunning(job), true);
      await bench.adopt(paths);
      assert.equal((await awaitExit(paths)).reason, 'lost');
      assert.equal(isRunning(job), false);
    }));

  it('cancels an adopted job', () =>
    onEach(async (bench) => {
      const paths = await bench.begin('ignores-sigterm');
      await untilLogged(paths, 'running');
      await kill(await supervisorPid(paths));
      await bench.adopt(paths);
      await writeFile(paths.cancel, '');
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.signal], ['cancel', 'SIGKILL']);
    }));

  it('rules out a wrapper that comes late', () =>
    onEach(async (bench) => {
      const paths = await bench.prepare('writer');
      await bench.start(paths, 'wrapper-before-claim');
      const wrapper = await untilPaused(paths);
      await kill(await supervisorPid(paths));
      await bench.adopt(paths);
      const exit = await awaitExit(paths);
      process.kill(wrapper, 'SIGCONT');
      await until('the end of the wrapper', () => !isRunning(wrapper) || undefined);
      assert.deepEqual([exit.reason, exit.isStarted, exit.sums], ['lost', false, null]);
      assert.equal(await readText(join(paths.folder, 'starts')), undefined);
    }));

  it('calls a job lost after a reboot', () =>
    onEach(async (bench) => {
      const paths = await bench.begin('forever');
      await untilLogged(paths, 'running');
      const wrapper = await wrapperPid(paths);
      await kill(await supervisorPid(paths));
      await kill(-wrapper);
      // Records of another boot; their pids now belong to somebody else.
      for (const path of [paths.started, paths.wrapper]) {
        const text = ((await readText(path)) ?? '').replace(/"boot":"[^"]*"/, '"boot":"earlier"');
        await writeFile(path, text.replace(/"pid":\d+/, `"pid":${process.pid}`));
      }
      assert.equal((await bench.launcher.look(paths)).state, 'dead');
      await bench.adopt(paths);
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.rc, exit.isStarted], ['lost', null, true]);
    }));
});

// What no shell can make a difference to is tried under one of them.
describe('posix supervisor: adoption', function () {
  let bench: PosixBench;
  before(async function () {
    const path = await makeShellPath('dash');
    if (path === undefined) this.skip();
    bench = await makeBench(path);
  });
  afterEach(endAll);

  it('counts the time before the adoption', async () => {
    const paths = await bench.begin('forever', {job: {limits: {timeoutMs: 6000, stopGraceMs: 300}}});
    await untilLogged(paths, 'running');
    await kill(await supervisorPid(paths));
    await pause(5000);
    const adoptedAt = performance.now();
    await bench.adopt(paths);
    assert.equal((await awaitExit(paths)).reason, 'timeout');
    assert.ok(performance.now() - adoptedAt < 5200);
  });

  it('outlives a first supervisor that wakes up late', async () => {
    const paths = await bench.prepare('writer');
    await bench.start(paths, 'supervisor-before-started');
    const late = await untilPaused(paths);
    await bench.adopt(paths);
    const exit = await awaitExit(paths);
    process.kill(late, 'SIGCONT');
    await until('the end of the late one', () => !isRunning(late) || undefined);
    assert.deepEqual([exit.reason, exit.isStarted], ['lost', false]);
    assert.equal(await readText(join(paths.folder, 'starts')), undefined);
  });

  it('leaves living supervisors and ended attempts alone', async () => {
    const paths = await bench.begin('writer', {options: ['1000']});
    await untilLogged(paths, 'secret');
    await bench.adopt(paths);
    await awaitExit(paths);
    const before = await readFile(paths.exit);
    await bench.adopt(paths);
    await pause(700);
    assert.deepEqual(await readFile(paths.exit), before);
    assert.deepEqual(await listClaims(paths.state), []);
  });

  it('judges another host by its heartbeat only', async () => {
    const paths = await bench.prepare('silent');
    await mkdir(paths.state, {recursive: true});
    const supervisor = {...identifySelf(), host: 'elsewhere', pid: 4_194_303};
    await writeFile(paths.started, JSON.stringify({attempt: 1, supervisor, at: AT}));
    assert.equal((await bench.launcher.look(paths)).state, 'unknown');
    await writeFile(paths.heartbeat, '000000000001\n');
    assert.equal((await bench.launcher.look(paths)).state, 'alive');
    await utimes(paths.heartbeat, 1000, 1000);
    assert.equal((await bench.launcher.look(paths)).state, 'unknown');
  });

  it('waits before it calls a silent supervisor dead', async () => {
    const paths = await bench.prepare('silent');
    await mkdir(paths.attempt, {recursive: true});
    assert.equal((await bench.launcher.look(paths)).state, 'unknown');
    await utimes(paths.attempt, 1000, 1000);
    assert.equal((await bench.launcher.look(paths)).state, 'dead');
  });
});

async function listClaims(state: string): Promise<string[]> {
  return (await readdir(state)).filter((name) => /^supervisor\.\d+\.json$/.test(name));
}
