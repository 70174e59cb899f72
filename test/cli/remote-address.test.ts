import assert from 'node:assert/strict';
import {hasSshd, startSshd, type Sshd} from '../support/sshd.ts';
import {startFaultProxy, type FaultProxy} from '../support/fault-proxy.ts';
import {
  endBoxes,
  letGo,
  makeBox,
  runDetached,
  showRun,
  startAt,
  succeed,
  until,
  type Box,
} from '../support/remote.ts';

describe('a target that moves while somebody watches', function () {
  this.timeout(90_000);
  let sshd: Sshd | undefined;
  let proxy: FaultProxy | undefined;
  let box: Box;

  before(async function () {
    if (!hasSshd()) this.skip();
    sshd = await startSshd();
    proxy = await startFaultProxy({port: sshd.port});
    box = await makeBox({sshd, port: proxy.port});
    await succeed(box, ['target', 'set', 'box', `port=${sshd.port}`]);
    await succeed(box, ['target', 'trust', 'box', '--yes']);
    await succeed(box, ['target', 'set', 'box', `port=${proxy.port}`]);
  });

  after(async () => {
    await endBoxes();
    await proxy?.close();
    await sshd?.stop();
  });

  it('is found again by the same process', async () => {
    const {id} = await runDetached(box, 'wait');
    const watch = startAt(box, ['watch', '--until-idle']);
    let told = '';
    watch.stdout?.on('data', (chunk: Buffer) => (told += chunk.toString('utf8')));
    proxy?.refuse();
    proxy?.cut();
    await until(() => told !== '', 'the watch to say that the target does not answer');
    await succeed(box, ['target', 'set', 'box', `port=${sshd?.port ?? 0}`]);
    await letGo(box);
    await new Promise((resolve) => watch.once('close', resolve));
    assert.equal((await showRun(box, id)).status, 'completed');
  });
});
