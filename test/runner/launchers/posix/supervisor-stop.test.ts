import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {SmallDisk} from '../../../support/small-disk.ts';
import {makeSmallDisk} from '../../../support/small-disk.ts';
import {SHELLS} from '../../../support/shells.ts';
import {
  awaitExit,
  endAll,
  isRunning,
  kill,
  pause,
  readText,
  until,
  untilLogged,
  untilPaused,
  wrapperPid,
} from '../job-bench.ts';
import {underEachShell} from './posix-bench.ts';

/** For jobs that end when they are asked to: on a busy machine that takes a while. */
const PATIENT = {job: {limits: {timeoutMs: null, stopGraceMs: 8000}}};

describe('posix supervisor under each shell: stopping', function () {
  const onEach = underEachShell();
  afterEach(endAll);

  it('cancels with a polite signal first', () =>
    onEach(async (bench) => {
      const paths = await bench.begin('graceful', PATIENT);
      await untilLogged(paths, 'running');
      await writeFile(paths.cancel, '');
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.rc, exit.signal], ['cancel', 0, null]);
    }));

  it('kills a job that ignores the request', () =>
    onEach(async (bench) => {
      const paths = await bench.begin('ignores-sigterm');
      await untilLogged(paths, 'running');
      await writeFile(paths.cancel, '');
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.rc, exit.signal], ['cancel', null, 'SIGKILL']);
      assert.equal(isRunning(await wrapperPid(paths)), false);
    }));

  it('calls a job cancelled when the request and the end of it are heard of together', () =>
    onEach(async (bench) => {
      const paths = await bench.begin('forever', {job: {limits: {timeoutMs: null, stopGraceMs: 20_000}}});
      await untilLogged(paths, 'running');
      const pid = await wrapperPid(paths);
      process.kill(pid, 'SIGSTOP');
      await writeFile(paths.cancel, '');
      await until('the request', () => readText(paths.stop));
      await pause(500);
      process.kill(pid, 'SIGCONT');
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.rc, exit.signal], ['cancel', null, 'SIGTERM']);
    }));

  it('names the signal that a cancelled job died of', () =>
    onEach(async (bench) => {
      const paths = await bench.begin('forever', PATIENT);
      await untilLogged(paths, 'running');
      await writeFile(paths.cancel, '');
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.rc, exit.signal], ['cancel', null, 'SIGTERM']);
    }));

  it('does not start what was cancelled meanwhile', () =>
    onEach(async (bench) => {
      const paths = await bench.prepare('writer');
      await bench.start(paths, 'supervisor-before-wrapper');
      const supervisor = await untilPaused(paths);
      await writeFile(paths.cancel, '');
      process.kill(supervisor, 'SIGCONT');
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.isStarted, exit.rc], ['cancel', false, null]);
      assert.equal(await readText(join(paths.folder, 'starts')), undefined);
    }));

  it('stops a job whose time is over', () =>
    onEach(async (bench) => {
      const limits = {timeoutMs: 3000, stopGraceMs: 8000};
      const {exit} = await bench.run('forever', {job: {limits}});
      assert.deepEqual([exit.reason, exit.signal], ['timeout', 'SIGTERM']);
    }));

  it('calls a signal from elsewhere a signal', () =>
    onEach(async (bench) => {
      const paths = await bench.begin('silent', {
        job: {argv: ['sh', '-c', 'echo $$ > pid; echo running; exec sleep 100']},
      });
      await untilLogged(paths, 'running');
      process.kill(Number(await readText(join(paths.folder, 'pid'))), 'SIGTERM');
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.signal], ['signal', 'SIGTERM']);
    }));

  it('ends the job of a killed wrapper', () =>
    onEach(async (bench) => {
      const paths = await bench.begin('silent', {
        job: {argv: ['sh', '-c', 'echo $$ > pid; echo running; exec sleep 100']},
      });
      await untilLogged(paths, 'running');
      const job = Number(await readText(join(paths.folder, 'pid')));
      assert.equal(isRunning(job), true);
      await kill(await wrapperPid(paths));
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.rc, exit.isStarted], ['lost', null, true]);
      assert.equal(isRunning(job), false);
    }));

  it('flags a file that changes while being hashed', () =>
    onEach(async (bench) => {
      const paths = await bench.begin('silent', {
        job: {
          argv: [
            'sh',
            '-c',
            'head -c 150000000 /dev/zero >"$COSMOS_OUTPUTS/big"; echo steady >"$COSMOS_OUTPUTS/steady"',
          ],
        },
      });
      // What the file was like before is known, and its digest is being computed.
      await until('the hashing', async () => {
        const names = await readdir(paths.state).catch(() => []);
        const work = names.find((name) => name.startsWith('work.')) ?? 'none';
        return (await readText(join(paths.state, work, 'hashed')))?.includes('|big') || undefined;
      });
      await writeFile(join(paths.outputs, 'big'), 'changed', {flag: 'a'});
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.changed, exit.sums?.lines], ['exit', ['big'], 2]);
      execFileSync('sha256sum', ['-c', '--quiet', paths.sums], {cwd: paths.outputs});
    }));
});

describe('posix supervisor under each shell: full disk', function () {
  const onEach = underEachShell();
  const disks: SmallDisk[] = [];
  before(async function () {
    const disk = await makeSmallDisk(2);
    // Only root may mount, and a full disk cannot be had otherwise.
    if (disk === undefined) this.skip();
    disks.push(disk);
    while (disks.length < SHELLS.length) disks.push((await makeSmallDisk(2)) ?? disk);
  });
  afterEach(endAll);
  after(async () => {
    for (const disk of disks) await until('the end of the supervisor', () => tryTo(() => disk.unmount()));
  });

  it('is still reported, with the exit code', () =>
    onEach(async (bench, index) => {
      const {paths, exit} = await bench.run('fills-disk', {root: disks[index]?.folder ?? ''});
      assert.deepEqual([exit.reason, exit.rc, exit.sums, exit.isStarted], ['no-space', 1, null, true]);
      assert.equal(await readText(paths.sums), undefined);
      await rm(paths.folder, {recursive: true});
    }));

  it('keeps a job from starting', () =>
    onEach(async (bench, index) => {
      const root = disks[index]?.folder ?? '';
      const paths = await bench.prepare('writer', {root});
      const text = execFileSync('df', ['-B1', '--output=avail', root], {encoding: 'utf8'});
      await writeFile(join(root, 'ballast'), Buffer.alloc(Number(text.split('\n')[1]) - (40 << 10), 1));
      await bench.start(paths);
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.isStarted, exit.rc], ['no-space', false, null]);
      assert.equal(await readText(join(paths.folder, 'starts')), undefined);
      await rm(join(root, 'ballast'));
      await rm(paths.folder, {recursive: true});
    }));
});

/** Undefined for a failure. */
function tryTo(act: () => void): true | undefined {
  try {
    act();
    return true;
  } catch {
    return undefined;
  }
}
