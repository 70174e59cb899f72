import assert from 'node:assert/strict';
import {chmod, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {startFaultProxy, type FaultProxy} from '../support/fault-proxy.ts';
import {
  assertHome,
  cosmosAt,
  countStarts,
  endBoxes,
  follow,
  jsonAt,
  kill,
  killBelow,
  letGo,
  makeBox,
  onlyRun,
  processesBelow,
  runArgs,
  settle,
  showRun,
  startWaiting,
  succeed,
  until,
  useSshd,
} from '../support/remote.ts';
import {startSshd} from '../support/sshd.ts';
import {temporaryFolder} from '../support/temporary.ts';

const MEGABYTE = 1_000_000;

describe('a connection that is cut', function () {
  this.timeout(60_000);

  let proxy: FaultProxy;

  const sshd = useSshd();

  beforeEach(async () => void (proxy = await startFaultProxy({port: sshd().port})));

  afterEach(async () => {
    await endBoxes();
    await proxy.close();
  });

  it('in the upload goes on where it was', async () => {
    const box = await makeBox({sshd: sshd(), port: proxy.port});
    await writeFile(join(box.workspace, 'text.txt'), Buffer.alloc(4 * MEGABYTE, 'x'));
    proxy.cutAfterBytes(2 * MEGABYTE);
    await succeed(box, runArgs('copy'));
    assert.ok(proxy.counters.bytesUp < 7 * MEGABYTE, String(proxy.counters.bytesUp));
    await assertHome(box, await showRun(box, await onlyRun(box)));
  });

  it('while the job runs changes nothing', async () => {
    const box = await makeBox({sshd: sshd(), port: proxy.port});
    const id = await startWaiting(box);
    const attached = await follow(box, id);
    const {connections} = proxy.counters;
    proxy.cut();
    await until(() => proxy.counters.connections > connections, 'another connection');
    await letGo(box);
    assert.equal((await attached.ended).code, 0);
    await assertHome(box, await showRun(box, id));
  });

  it('while outputs come home goes on', async () => {
    const box = await makeBox({sshd: sshd(), port: proxy.port});
    proxy.cutAfterBytes(12 * MEGABYTE);
    await succeed(box, runArgs('big'));
    assert.ok(proxy.counters.bytesDown < 30 * MEGABYTE, String(proxy.counters.bytesDown));
    const run = await showRun(box, await onlyRun(box));
    await assertHome(box, run);
    assert.equal(run.outputs.find(({name}) => name === 'big.bin')?.size, 24 * MEGABYTE);
  });

  it('for long is waited for, and a cancel kept', async () => {
    const box = await makeBox({sshd: sshd(), port: proxy.port});
    const id = await startWaiting(box);
    proxy.refuse();
    proxy.cut();
    const {code, stderr} = await cosmosAt(box, ['cancel', id]);
    assert.equal(code, 13, stderr);
    const waiting = await showRun(box, id);
    assert.equal(waiting.status, 'running');
    assert.notEqual(waiting.cancelRequested, null);
    await proxy.accept();
    assert.equal((await settle(box, id)).status, 'cancelled');
    assert.deepEqual(processesBelow(box.root), []);
  });
});

describe('a box', function () {
  this.timeout(60_000);

  const sshd = useSshd();

  it('whose SSH server is restarted brings the run home', async () => {
    const own = await startSshd();
    try {
      const box = await makeBox({sshd: own});
      const id = await startWaiting(box);
      const attached = await follow(box, id);
      await own.stop();
      await letGo(box);
      await sleep(2000);
      await own.restart();
      assert.equal((await attached.ended).code, 0);
      await assertHome(box, await showRun(box, id));
    } finally {
      await own.stop();
    }
  });

  it('whose supervisor was killed keeps the job', async () => {
    const box = await makeBox({sshd: sshd()});
    const id = await startWaiting(box);
    for (const {pid, command} of processesBelow(box.root)) if (command.includes('/supervisor.sh')) kill(pid);
    await jsonAt(box, ['status', '--wait', '2']);
    await letGo(box);
    await assertHome(box, await settle(box, id));
  });

  it('that was restarted has lost the job, and says so', async () => {
    const box = await makeBox({sshd: sshd()});
    const id = await startWaiting(box);
    await killBelow(box.root);
    const run = await settle(box, id);
    assert.equal(run.status, 'failed');
    assert.equal(run.failure?.class, 'job.lost');
    assert.equal(run.failure.isRetryable, true);
    assert.deepEqual(
      run.outputs.map(({name}) => name),
      ['partial.txt'],
    );
    assert.equal(await succeed(box, ['logs', id]), 'job: wait\n');
    assert.equal(await countStarts(box), 1);
  });

  it('that was restarted is given the job again where retries are wanted', async () => {
    const box = await makeBox({sshd: sshd()});
    const run = await jsonAt<RunDocument>(box, [...runArgs('wait'), '--retries', '1', '--detach']);
    await until(async () => (await countStarts(box)) === 1, 'the job');
    await killBelow(box.root);
    await letGo(box);
    const ended = await settle(box, run.id);
    assert.equal(ended.status, 'completed', JSON.stringify(ended.failure));
    assert.equal(ended.attempts.length, 2);
    assert.equal(await countStarts(box), 2);
  });

  it('that fails by itself is not tried again', async () => {
    const box = await makeBox({sshd: sshd()});
    assert.equal((await cosmosAt(box, [...runArgs('fail'), '--retries', '3'])).code, 14);
    assert.equal(await countStarts(box), 1);
  });

  it('whose clock is an hour late is believed', async () => {
    const folder = await temporaryFolder('skew');
    await writeFile(join(folder, 'date'), '#!/bin/sh\nexec /bin/date -d \'1 hour ago\' "$@"\n');
    await chmod(join(folder, 'date'), 0o755);
    const late = await startSshd({environment: {PATH: `${folder}:${process.env['PATH'] ?? ''}`}});
    try {
      const box = await makeBox({sshd: late, settings: ['price=1']});
      const id = await startWaiting(box);
      for (const {pid, command} of processesBelow(box.root))
        if (command.includes('/supervisor.sh')) kill(pid);
      await letGo(box);
      const run = await settle(box, id);
      await assertHome(box, run);
      const {startedAt, phaseMs} = run.execution;
      assert.ok(Date.parse(startedAt ?? '') < Date.now() - 3_000_000, 'the box has another clock');
      assert.ok((phaseMs?.['running'] ?? 0) < 30_000);
    } finally {
      await late.stop();
    }
  });

  it('serves two workspaces at the same time', async () => {
    const one = await makeBox({sshd: sshd()});
    const two = await makeBox({sshd: sshd(), root: one.root});
    const [first, second] = await Promise.all([one, two].map((box) => cosmosAt(box, runArgs('copy'))));
    assert.equal(first?.code, 0, first?.stderr);
    assert.equal(second?.code, 0, second?.stderr);
    for (const box of [one, two]) await assertHome(box, await showRun(box, await onlyRun(box)));
    assert.match(await succeed(one, ['target', 'drain', 'box']), /safe to terminate/);
  });

  it('with a new address is found again', async () => {
    const moved = await startSshd();
    const before = await startSshd();
    try {
      const box = await makeBox({sshd: before});
      const id = await startWaiting(box);
      await before.stop();
      await letGo(box);
      const words = [`port=${moved.port}`, `key=${moved.userKey}`];
      await succeed(box, ['target', 'set', 'box', ...words]);
      await succeed(box, ['target', 'trust', 'box', '--yes']);
      await assertHome(box, await settle(box, id));
    } finally {
      await moved.stop();
      await before.stop();
    }
  });

  it('that is another one leaves the run as it is', async () => {
    const box = await makeBox({sshd: sshd()});
    const id = await startWaiting(box);
    const mark = join(box.root, 'box.json');
    const text = await readFile(mark, 'utf8');
    await writeFile(mark, text.replace(/[0-9a-f]{32}/, 'f'.repeat(32)));
    const {code, stderr} = await cosmosAt(box, ['attach', id]);
    assert.equal(code, 13);
    assert.match(
      stderr,
      /another machine[^]*cosmos target set box host=ADDRESS[^]*cosmos abandon rs_[^]*target\.moved/,
    );
    assert.equal((await settle(box, id, 2)).status, 'running');
    await succeed(box, ['abandon', id, '--yes']);
    const run = await showRun(box, id);
    assert.equal(run.status, 'failed');
    assert.equal(run.failure?.class, 'target.gone');
  });
});
