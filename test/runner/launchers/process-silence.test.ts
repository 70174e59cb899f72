import assert from 'node:assert/strict';
import {delimiter} from 'node:path';
import type {JobPaths} from '../../../src/runner/job-paths.ts';
import {look} from '../../../src/runner/launchers/process/launcher.ts';
import {installGpus} from '../../support/gpus.ts';
import {temporaryFolder} from '../../support/temporary.ts';
import {awaitExit, endAll, kill, makeJob, supervise, supervisorPid, until, wrapperPid} from './job-bench.ts';

/** Two looks of the supervisor after the last word. */
const LONG_MS = 10_000;

describe('process supervisor: silence', function () {
  this.timeout(90_000);
  before(function () {
    if (process.platform === 'win32') this.skip();
  });
  afterEach(endAll);

  const silenceOf = async (paths: JobPaths): Promise<number> => (await look(paths, Date.now)).silentMs ?? 0;
  const untilSilent = (paths: JobPaths): Promise<true> =>
    until('silence', async () => (await silenceOf(paths)) >= LONG_MS || undefined);

  /** On a machine with one GPU, of which nvidia-smi says that. */
  async function begin(gpus: number, use: string): Promise<JobPaths> {
    const tools = await temporaryFolder('tools');
    await installGpus(tools, ['GPU-aa'], {'*': use});
    const {PATH} = process.env;
    const paths = await makeJob('forever', {job: {gpus}});
    process.env['PATH'] = `${tools}${delimiter}${PATH ?? ''}`;
    try {
      await supervise(paths);
    } finally {
      process.env['PATH'] = PATH;
    }
    return paths;
  }

  it('is counted from the last word of the log, unless a GPU is at work', async () => {
    const plain = await begin(0, 'echo 40');
    const busy = await begin(1, 'echo 40');
    const idle = await begin(1, 'echo 0');
    const hanging = await begin(1, 'exec sleep 30');
    await Promise.all([plain, idle, hanging].map(untilSilent));
    assert.ok((await silenceOf(busy)) < LONG_MS);

    const supervisor = await supervisorPid(plain);
    await kill(supervisor);
    assert.equal((await look(plain, Date.now)).silentMs, undefined, 'nobody listens');
    await supervise(plain, 'adopt');
    await until('the adopter', async () => (await supervisorPid(plain)) !== supervisor || undefined);
    await Promise.all([plain, busy, idle, hanging].map(async (paths) => kill(await wrapperPid(paths))));
    const ends = await Promise.all([plain, busy, idle, hanging].map(awaitExit));
    assert.deepEqual(
      ends.map(({longestSilenceMs}) => (longestSilenceMs ?? 0) >= LONG_MS),
      [true, false, true, true],
    );
  });
});
