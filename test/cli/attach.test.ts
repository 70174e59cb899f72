import assert from 'node:assert/strict';
import {once} from 'node:events';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {cosmos, cosmosJson, makeCliWorkspace, outcomeOf, startCosmos, waitForPause} from '../support/cli.ts';

describe('cosmos attach', function () {
  this.timeout(60_000);
  let cwd: string;

  beforeEach(async () => {
    cwd = await makeCliWorkspace();
  });

  const begin = (): Promise<RunDocument> =>
    cosmosJson<RunDocument>(['run', 'request.json', '--model', 'slow', '--detach'], {cwd});

  it('goes on with a run that was left', async () => {
    const {id} = await begin();
    const {code, stdout} = await cosmos(['attach', id], {cwd});
    assert.equal(code, 0);
    assert.match(stdout, /^✓ completed/);
  });

  it('says how much longer it takes, by earlier runs', async () => {
    const first = await begin();
    await cosmos(['attach', first.id], {cwd});
    const {id} = await begin();
    const {stdout} = await cosmos(['show', id], {cwd});
    assert.match(stdout, /^Time left {3}(about \d s left|longer than usual)$/m);
    const planned = await cosmos(['run', 'request.json', '--model', 'slow', '--dry-run'], {cwd});
    assert.match(planned.stdout, /^Estimate: about \d\.\d s of work/m);
  });

  it('follows beside another process that drives it', async () => {
    const {id} = await begin();
    const other = outcomeOf(startCosmos(['logs', '-f', id], {cwd}));
    const {code, stdout, stderr} = await cosmos(['attach', id], {cwd});
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^✓ completed/);
    assert.equal((await other).code, 0);
  });

  it('takes over from a process that is gone', async () => {
    const {id} = await begin();
    const driver = startCosmos(['attach', id], {cwd, env: {COSMOS_PAUSE_AT: 'run.running'}});
    await waitForPause(driver, 'run.running');
    const beside = startCosmos(['attach', id], {cwd});
    const followed = outcomeOf(beside);
    assert.ok(beside.stderr);
    await once(beside.stderr, 'data');
    driver.kill('SIGKILL');
    const {code, stdout, stderr} = await followed;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^✓ completed/);
  });

  it('says at once how an ended run ended', async () => {
    const {id} = await begin();
    await cosmos(['attach', id], {cwd});
    const {code, stdout} = await cosmos(['attach', id], {cwd});
    assert.equal(code, 0);
    assert.match(stdout, /^✓ completed/);
  });
});
