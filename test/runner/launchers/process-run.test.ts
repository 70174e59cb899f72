import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {parseSums} from '../../../src/runner/sums.ts';
import {
  awaitExit,
  digestOf,
  endAll,
  isRunning,
  kill,
  makeJob,
  pause,
  readText,
  runToEnd,
  supervise,
} from './job-bench.ts';

const isPosix = process.platform !== 'win32';

describe('process supervisor', function () {
  afterEach(endAll);

  it('lists outputs as sha256sum reads them', async () => {
    const paths = await makeJob('writer');
    const exit = await runToEnd(paths);
    assert.deepEqual([exit.reason, exit.rc, exit.signal, exit.isStarted], ['exit', 0, null, true]);
    const sums = await readFile(paths.sums);
    assert.deepEqual(exit.sums, {digest: digestOf(sums), size: sums.length, lines: 2});
    const names = parseSums(sums).entries.map((entry) => entry.name);
    assert.deepEqual(names, ['frames/frame 1 ünïcode.txt', 'output.mp4']);
    if (!isPosix) return;
    const check = execFileSync('sha256sum', ['-c', '--strict', paths.sums], {
      cwd: paths.outputs,
      encoding: 'utf8',
    });
    assert.equal(check.match(/: OK$/gm)?.length, 2);
  });

  it('gives the job only the environment it names', async () => {
    process.env['COSMOS_TEST_SECRET'] = 'hidden';
    process.env['COSMOS_TEST_NAMED'] = 'shown';
    const paths = await makeJob('writer', {job: {env: ['COSMOS_TEST_NAMED']}});
    const exit = await runToEnd(paths);
    assert.equal(exit.rc, 0);
    assert.match((await readText(paths.log)) ?? '', /secret: undefined, named: shown/);
    assert.equal(await readText(join(paths.folder, 'starts')), `rs_${'0'.repeat(31)}1\n`);
  });

  it('passes on the exit code of a failure', async () => {
    const paths = await makeJob('fail', {options: ['3']});
    const exit = await runToEnd(paths);
    assert.deepEqual([exit.reason, exit.rc, exit.isStarted], ['exit', 3, true]);
    assert.match((await readText(paths.log)) ?? '', /something went wrong/);
  });

  it('ends a job without outputs with an empty list', async () => {
    const exit = await runToEnd(await makeJob('silent'));
    assert.deepEqual(exit.sums, {digest: digestOf(''), size: 0, lines: 0});
    assert.ok(exit.startedAt !== null && exit.startedAt <= exit.endedAt);
  });

  it('tells a death by signal from an exit', async function () {
    if (!isPosix) this.skip();
    const exit = await runToEnd(await makeJob('kills-itself', {options: ['SIGKILL']}));
    assert.deepEqual([exit.reason, exit.rc, exit.signal], ['signal', null, 'SIGKILL']);
  });

  it('reports a missing program as 127', async () => {
    const paths = await makeJob('silent', {job: {argv: ['no-such-program-anywhere']}});
    const exit = await runToEnd(paths);
    assert.deepEqual([exit.reason, exit.rc, exit.isStarted, exit.startedAt], ['exit', 127, false, null]);
    assert.match((await readText(paths.log)) ?? '', /cosmos: cannot start "no-such-program-anywhere"/);
  });

  it('reports a program without permission as 126', async function () {
    if (!isPosix) this.skip();
    const paths = await makeJob('silent');
    const exit = await runToEnd(await makeJob('silent', {job: {argv: [paths.job]}}));
    assert.deepEqual([exit.reason, exit.rc, exit.isStarted], ['exit', 126, false]);
  });

  it('leaves the attempt to its first supervisor', async () => {
    const paths = await makeJob('writer', {options: ['300']});
    await Promise.all([supervise(paths), supervise(paths), supervise(paths, 'adopt')]);
    assert.equal((await awaitExit(paths)).rc, 0);
    await pause(300);
    assert.equal((await readText(join(paths.folder, 'starts')))?.split('\n').length, 2);
    assert.deepEqual(await readdir(paths.attempts), ['1']);
  });

  it('never starts a job that was overtaken by another attempt', async () => {
    const paths = await makeJob('writer', {job: {attempt: 2}});
    await supervise(paths);
    await pause(1000);
    assert.deepEqual((await readdir(paths.folder)).sort(), ['inputs', 'job.json']);
  });

  it('ends a grandchild before it hashes', async function () {
    if (!isPosix) this.skip();
    const paths = await makeJob('leaves-grandchild');
    const exit = await runToEnd(paths);
    assert.equal(isRunning(Number(await readText(join(paths.outputs, 'pid')))), false);
    assert.deepEqual([exit.reason, exit.rc, exit.changed, exit.sums?.lines], ['exit', 0, [], 2]);
  });

  it('ends a grandchild that escaped from the group', async function () {
    if (process.platform !== 'linux') this.skip();
    const paths = await makeJob('leaves-grandchild', {options: ['escape']});
    const exit = await runToEnd(paths);
    const pid = Number(await readText(join(paths.outputs, 'pid')));
    const hasEscaped = isRunning(pid);
    if (hasEscaped) await kill(pid);
    assert.equal(hasEscaped, false);
    assert.deepEqual([exit.reason, exit.rc, exit.changed], ['exit', 0, []]);
  });

  it('leaves no process and no temporary file behind', async function () {
    if (process.platform !== 'linux') this.skip();
    const paths = await makeJob('writer');
    await runToEnd(paths);
    assert.deepEqual((await readdir(paths.attempt)).sort(), ['SHA256SUMS', 'log', 'outputs', 'state']);
    const state = ['exit.json', 'heartbeat', 'rc', 'started.json', 'wrapper.json'];
    assert.deepEqual((await readdir(paths.state)).sort(), state);
  });
});
