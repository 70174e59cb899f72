import assert from 'node:assert/strict';
import {readdir, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {JobPaths} from '../../../../src/runner/job-paths.ts';
import {awaitExit, endAll, kill, pause, readText, supervisorPid, until, untilLogged} from '../job-bench.ts';
import {end, idOf, makeLineBench, untilPlace, type LineBench} from './line-bench.ts';

describe('posix supervisor: slots', function () {
  let line: LineBench;
  before(async function () {
    const made = await makeLineBench('dash');
    if (!made) this.skip();
    line = made;
  });
  afterEach(endAll);

  it('gives each job GPUs of its own', async () => {
    const [first, second] = await Promise.all([line.begin(1), line.begin(1)]);
    await Promise.all([untilLogged(first, 'on '), untilLogged(second, 'on ')]);
    const logs = [await readText(first.log), await readText(second.log)];
    assert.deepEqual(logs.sort(), ['on GPU-aa\n', 'on GPU-bb\n']);
    await Promise.all([end(first), end(second)]);
    const both = await line.begin(2);
    await untilLogged(both, 'on GPU-aa,GPU-bb');
    await end(both);
    assert.deepEqual((await readdir(line.slots)).sort(), ['GPU-aa', 'GPU-bb', 'line']);
  });

  it('lets the others wait in line', async () => {
    const [first, second, third] = await makeLine(line);
    // A supervisor that died while it waited holds up nobody.
    await kill(await supervisorPid(second));
    await untilPlace(third, '1 of 1');
    assert.equal(await line.change('hold', second), 'dead');
    assert.equal(await readText(third.log), '');
    await end(first);
    await untilLogged(third, 'on ');
    await until('the end of the line', async () => !(await readdir(third.state)).includes('place'));
    await end(third);
    await line.bench.adopt(second);
    const exit = await awaitExit(second);
    assert.deepEqual([exit.reason, exit.isStarted], ['lost', false]);
  });

  it('keeps the slot of a job without supervisor', async () => {
    const first = await line.begin(2);
    await untilLogged(first, 'on ');
    await kill(await supervisorPid(first));
    const second = await line.begin(1);
    await untilPlace(second, '1 of 1');
    await pause(1500);
    assert.equal(await readText(second.log), '');
    const {slots} = await line.look();
    assert.deepEqual(
      slots.map(({gpu, job}) => [gpu, job]),
      [
        ['GPU-aa', idOf(first)],
        ['GPU-bb', idOf(first)],
      ],
    );
    await line.bench.adopt(first);
    await end(first);
    await untilLogged(second, 'on ');
    await end(second);
  });

  it('obeys a cancel while it waits', async () => {
    const [first, second, third] = await makeLine(line);
    await line.change('hold', third);
    for (const waiting of [second, third]) {
      await writeFile(waiting.cancel, '');
      const exit = await awaitExit(waiting);
      assert.deepEqual([exit.reason, exit.isStarted], ['cancel', false]);
    }
    assert.deepEqual((await line.look()).tickets, []);
    await end(first);
  });
});

describe('posix supervisor: jobs after others', function () {
  let line: LineBench;
  before(async function () {
    const made = await makeLineBench('dash');
    if (!made) this.skip();
    line = made;
  });
  afterEach(endAll);

  it('start when the last of them has ended', async () => {
    const first = await line.begin(0);
    const second = await line.begin(0, {root: rootOf(first)});
    const after = [idOf(first), idOf(second), 'rs_000000000000'];
    const third = await line.begin(1, {root: rootOf(first), job: {after}});
    await untilPlace(third, `after ${idOf(first)} ${idOf(second)}`);
    await writeFile(first.cancel, '');
    await untilPlace(third, `after ${idOf(second)}`);
    assert.equal(await readText(third.log), '');
    await end(second);
    await untilLogged(third, 'on GPU-aa');
    await end(third);
  });

  it('obey a cancel while they wait', async () => {
    const first = await line.begin(0);
    const second = await line.begin(0, {root: rootOf(first), job: {after: [idOf(first)]}});
    await untilPlace(second, `after ${idOf(first)}`);
    await writeFile(second.cancel, '');
    const exit = await awaitExit(second);
    assert.deepEqual([exit.reason, exit.isStarted], ['cancel', false]);
    await end(first);
  });

  it('can be held before they stand in line', async () => {
    const first = await line.begin(0);
    const second = await line.begin(1, {root: rootOf(first), job: {after: [idOf(first)]}});
    await untilPlace(second, `after ${idOf(first)}`);
    assert.deepEqual(await line.change('hold', second), {for: 'runs', runs: [idOf(first)]});
    assert.equal(await line.change('first', second), 'absent');
    await end(first);
    await untilPlace(second, 'held');
    assert.deepEqual(await line.change('release', second), {for: 'gpu', place: 1, of: 1});
    await untilLogged(second, 'on GPU-aa');
    await end(second);
  });
});

function rootOf({folder}: JobPaths): string {
  return dirname(dirname(folder));
}

/** One job that has both GPUs, and two that wait. */
async function makeLine(line: LineBench): Promise<[JobPaths, JobPaths, JobPaths]> {
  const first = await line.begin(2);
  await untilLogged(first, 'on ');
  const second = await line.begin(1);
  await untilPlace(second, '1 of 1');
  const third = await line.begin(1);
  await untilPlace(third, '2 of 2');
  return [first, second, third];
}
