import assert from 'node:assert/strict';
import {startFaultProxy} from '../support/fault-proxy.ts';
import type {Engine} from '../support/engine.ts';
import {withEachEngine} from '../support/engines.ts';
import {
  assertHome,
  cosmosAt,
  countStarts,
  endBoxes,
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
  type Box,
} from '../support/remote.ts';
import {hasSshd, startSshd, type Sshd} from '../support/sshd.ts';

const MEGABYTE = 1_000_000;

describe('a job in a container of a box', function () {
  this.timeout(120_000);
  const onEach = withEachEngine();
  const servers = new Map<Engine, Sshd>();
  before(function () {
    if (!hasSshd()) this.skip();
  });
  afterEach(async () => {
    await endBoxes();
    await onEach(removeContainers);
  });
  after(async () => {
    for (const sshd of servers.values()) await sshd.stop();
  });

  /** What the engine needs is in the environment of every login. */
  async function serverOf(engine: Engine): Promise<Sshd> {
    const sshd = servers.get(engine) ?? (await startSshd({environment: engine.env}));
    servers.set(engine, sshd);
    return sshd;
  }

  const onEachBox = (act: (box: Box, engine: Engine) => Promise<void>): Promise<void> =>
    onEach(async (engine) => act(await makeBox({sshd: await serverOf(engine), engine}), engine));

  it('comes home whole when the connection is cut', () =>
    onEach(async (engine) => {
      const sshd = await serverOf(engine);
      const proxy = await startFaultProxy({port: sshd.port});
      try {
        const box = await makeBox({sshd, port: proxy.port, engine});
        proxy.cutAfterBytes(4 * MEGABYTE);
        await succeed(box, runArgs('big'));
        const run = await showRun(box, await onlyRun(box));
        await assertHome(box, run);
        assert.equal(run.outputs.find(({name}) => name === 'big.bin')?.size, 24 * MEGABYTE);
        assert.equal(run.execution.container, `cosmos-${run.id}-a1`);
        assert.match(run.model.imageDigest ?? '', /sha256:[0-9a-f]{64}$/);
        assert.equal(await engine.call('ps', '-aq'), '');
      } finally {
        await proxy.close();
      }
    }));

  it('lives on when its supervisor was killed', () =>
    onEachBox(async (box) => {
      const id = await startWaiting(box);
      for (const {pid, command} of processesBelow(box.root))
        if (command.includes('/supervisor.sh')) kill(pid);
      await jsonAt(box, ['status', '--wait', '2']);
      await letGo(box);
      await assertHome(box, await settle(box, id));
    }));

  it('that somebody kills is said to be killed', () =>
    onEachBox(async (box, engine) => {
      const id = await startWaiting(box);
      await engine.call('kill', `cosmos-${id}-a1`);
      await assertEnded(box, id, 'job.signal');
    }));

  it('is gone with the machine, its outputs are not', () =>
    onEachBox(async (box, engine) => {
      const id = await startWaiting(box);
      await engine.call('kill', `cosmos-${id}-a1`);
      await killBelow(box.root);
      await assertEnded(box, id, 'job.signal');
      assert.equal(await engine.call('ps', '-aq'), '');
    }));

  it('that wants too much memory is told so', () =>
    onEachBox(async (box, engine) => {
      await succeed(box, ['target', 'set', 'box', 'memory=32m']);
      const {code} = await cosmosAt(box, runArgs('hungry'));
      assert.equal(code, 14);
      const run = await showRun(box, await onlyRun(box));
      assert.equal(run.failure?.class, 'job.oom', engine.name);
    }));
});

async function removeContainers({call}: Engine): Promise<void> {
  const names = (await call('ps', '-aq')).split('\n').filter(Boolean);
  if (names.length > 0) await call('rm', '-f', ...names).catch(() => undefined);
}

/** Failed with its log and what it had made, and started once. */
async function assertEnded(box: Box, id: string, failure: string): Promise<void> {
  const run = await settle(box, id);
  assert.equal(run.status, 'failed');
  assert.equal(run.failure?.class, failure);
  assert.deepEqual(
    run.outputs.map(({name}) => name),
    ['partial.txt'],
  );
  assert.match(await succeed(box, ['logs', id]), /^job: wait\n/);
  assert.equal(await countStarts(box), 1);
}
