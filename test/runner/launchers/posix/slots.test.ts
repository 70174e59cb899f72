import assert from 'node:assert/strict';
import {chmod, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {JobPaths} from '../../../../src/runner/job.ts';
import {findProgram, makeShellPath} from '../../../support/shells.ts';
import {temporaryFolder} from '../../../support/temporary.ts';
import {awaitExit, endAll, kill, pause, readText, supervisorPid, until, untilLogged} from '../job-bench.ts';
import type {PosixBench} from './posix-bench.ts';
import {makeBench} from './posix-bench.ts';

/** No GPU is needed to stand in line for one: this says what nvidia-smi would. */
const TWO_GPUS = '#!/bin/sh\nprintf "GPU-aa\\nGPU-bb\\n"\n';
const WAIT = 'echo "on $CUDA_VISIBLE_DEVICES"; while [ ! -e go ]; do sleep 0.1; done';

describe('posix supervisor: slots', function () {
  let bench: PosixBench;
  let slots = '';
  before(async function () {
    const path = await makeShellPath('dash');
    if (path === undefined || findProgram('flock') === undefined) this.skip();
    const tools = await temporaryFolder('tools');
    slots = await temporaryFolder('slots');
    await writeFile(join(tools, 'nvidia-smi'), TWO_GPUS);
    await chmod(join(tools, 'nvidia-smi'), 0o755);
    bench = await makeBench(`${tools}:${path}`, {env: {COSMOS_SLOTS: slots}});
  });
  afterEach(endAll);

  it('gives each job GPUs of its own', async () => {
    const [first, second] = await Promise.all([begin(1), begin(1)]);
    await Promise.all([untilLogged(first, 'on '), untilLogged(second, 'on ')]);
    const logs = [await readText(first.log), await readText(second.log)];
    assert.deepEqual(logs.sort(), ['on GPU-aa\n', 'on GPU-bb\n']);
    await Promise.all([end(first), end(second)]);
    const both = await begin(2);
    await untilLogged(both, 'on GPU-aa,GPU-bb');
    await end(both);
    assert.deepEqual((await readdir(slots)).sort(), ['GPU-aa', 'GPU-bb']);
  });

  it('lets the others wait in line', async () => {
    const first = await begin(2);
    await untilLogged(first, 'on ');
    const second = await begin(1);
    await untilPlace(second, '1 of 1');
    const third = await begin(1);
    await untilPlace(third, '2 of 2');
    // A supervisor that died while it waited holds up nobody.
    await kill(await supervisorPid(second));
    await untilPlace(third, '1 of 1');
    assert.equal(await readText(third.log), '');
    await end(first);
    await untilLogged(third, 'on ');
    await until('the end of the line', async () => {
      return (await readdir(third.state)).includes('place') ? undefined : true;
    });
    await end(third);
    await bench.adopt(second);
    const exit = await awaitExit(second);
    assert.deepEqual([exit.reason, exit.isStarted], ['lost', false]);
  });

  it('keeps the slot of a job without supervisor', async () => {
    const first = await begin(2);
    await untilLogged(first, 'on ');
    await kill(await supervisorPid(first));
    const second = await begin(1);
    await untilPlace(second, '1 of 1');
    await pause(1500);
    assert.equal(await readText(second.log), '');
    await bench.adopt(first);
    await end(first);
    await untilLogged(second, 'on ');
    await end(second);
  });

  it('obeys a cancel while it waits', async () => {
    const first = await begin(2);
    await untilLogged(first, 'on ');
    const second = await begin(1);
    await untilPlace(second, '1 of 1');
    await writeFile(second.cancel, '');
    const exit = await awaitExit(second);
    assert.deepEqual([exit.reason, exit.isStarted], ['cancel', false]);
    await end(first);
  });

  function begin(gpus: number): Promise<JobPaths> {
    return bench.begin('silent', {job: {argv: ['sh', '-c', WAIT], gpus}});
  }
});

async function end(paths: JobPaths): Promise<void> {
  await writeFile(join(paths.folder, 'go'), '');
  const exit = await awaitExit(paths);
  assert.deepEqual([exit.reason, exit.rc], ['exit', 0]);
}

async function untilPlace(paths: JobPaths, place: string): Promise<void> {
  await until(`the place ${place}`, async () => {
    return (await readText(join(paths.state, 'place'))) === `${place}\n` || undefined;
  });
}
