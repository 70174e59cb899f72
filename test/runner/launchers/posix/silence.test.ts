import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import type {JobPaths} from '../../../../src/runner/job-paths.ts';
import {awaitExit, endAll, kill, supervisorPid, until, untilLogged} from '../job-bench.ts';
import {end, makeLineBench, type LineBench} from './line-bench.ts';

/** Two looks of the supervisor after the last word. */
const LONG_MS = 10_000;

describe('posix supervisor: silence', function () {
  this.timeout(90_000);

  let line: LineBench;
  before(async function () {
    const uses = {'GPU-aa': 'echo 40', 'GPU-cc': 'exec sleep 30', 'GPU-dd': 'echo "Failed: error 9"; exit 9'};
    const made = await makeLineBench('dash', ['GPU-aa', 'GPU-bb', 'GPU-cc', 'GPU-dd'], uses);
    if (!made) this.skip();
    line = made;
  });
  afterEach(endAll);

  const silenceOf = async (paths: JobPaths): Promise<number> =>
    (await line.bench.launcher.look(paths)).silentMs ?? 0;
  const untilSilent = (paths: JobPaths): Promise<true> =>
    until('silence', async () => (await silenceOf(paths)) >= LONG_MS || undefined);

  it('is counted from the last word of the log, unless a GPU of the job is at work', async () => {
    const jobs: JobPaths[] = [];
    for (const gpus of [0, 1, 1, 1, 1]) {
      const paths = await line.begin(gpus);
      jobs.push(paths);
      await untilLogged(paths, 'on ');
    }
    const [plain, busy, idle, hanging, broken] = jobs;
    assert.ok(plain && busy && idle && hanging && broken);
    await Promise.all([plain, idle, hanging, broken].map(untilSilent));
    assert.ok((await silenceOf(busy)) < LONG_MS);

    await Promise.all([plain, busy].map(async (paths) => kill(await supervisorPid(paths))));
    assert.equal((await line.bench.launcher.look(plain)).silentMs, undefined, 'nobody listens');
    await Promise.all([plain, busy].map((paths) => line.bench.adopt(paths)));
    await until('the adopter', async () => (await silenceOf(plain)) < LONG_MS || undefined);
    await untilSilent(plain);
    assert.ok((await silenceOf(busy)) < LONG_MS, 'the adopter knows the GPUs of the job');

    const asked = Date.now();
    await writeFile(hanging.cancel, '');
    assert.equal((await awaitExit(hanging)).reason, 'cancel');
    assert.ok(Date.now() - asked < 5000, 'nobody waits for the driver');
    await Promise.all([plain, busy, idle].map(end));
    const longest = await Promise.all(
      [plain, busy, idle].map(async (paths) => (await awaitExit(paths)).longestSilenceMs ?? 0),
    );
    assert.deepEqual(
      longest.map((ms) => ms >= LONG_MS),
      [true, false, true],
    );
  });
});
