import assert from 'node:assert/strict';
import {readdir, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {outcomeOf} from '../support/cli.ts';
import {makeNetwork, type Network} from '../support/network.ts';
import {
  assertHome,
  endBoxes,
  makeBox,
  onlyRun,
  runArgs,
  showRun,
  startAt,
  until,
  type Box,
} from '../support/remote.ts';
import {hasSshd, startSshd, type Sshd} from '../support/sshd.ts';

const MEGABYTE = 1_000_000;
/** A connection is dead after 40 silent seconds. */
const LONGER_THAN_PATIENCE_MS = 45_000;

describe('a network to a box', function () {
  this.timeout(180_000);
  let network: Network | undefined;
  let sshd: Sshd;

  beforeEach(async function () {
    network = hasSshd() ? makeNetwork() : undefined;
    if (network === undefined) this.skip();
    sshd = await startSshd({network});
  });
  afterEach(async () => {
    await endBoxes();
    if (network === undefined) return;
    await sshd.stop();
    network.remove();
    network = undefined;
  });

  it('that loses every twentieth packet brings all home', async () => {
    const box = await makeBox({sshd});
    await writeFile(join(box.workspace, 'text.txt'), Buffer.alloc(2 * MEGABYTE, 'x'));
    network?.lose(0.05);
    const {code, stderr} = await outcomeOf(startAt(box, runArgs('big')));
    network?.lose(0);
    assert.equal(code, 0, stderr);
    const run = await showRun(box, await onlyRun(box));
    await assertHome(box, run);
    assert.equal(run.outputs.find(({name}) => name === 'big.bin')?.size, 24 * MEGABYTE);
  });

  it('that swallows everything for long loses nothing', async () => {
    const box = await makeBox({sshd});
    network?.slowDown('20mbit');
    const running = outcomeOf(startAt(box, runArgs('big')));
    await until(async () => (await arrivedBytes(box)) > MEGABYTE, 'the download', 60);
    network?.lose(1);
    await sleep(1000);
    const arrived = await arrivedBytes(box);
    assert.ok(arrived > 0 && arrived < 24 * MEGABYTE, String(arrived));
    await sleep(LONGER_THAN_PATIENCE_MS);
    network?.lose(0);
    const {code, stderr} = await running;
    assert.equal(code, 0, stderr);
    await assertHome(box, await showRun(box, await onlyRun(box)));
  });
});

/** What of the largest file that is under way is at home. */
async function arrivedBytes({workspace}: Box): Promise<number> {
  const folder = join(workspace, 'storage', 'ingest');
  const names = await readdir(folder).catch(() => []);
  const sizes = names.map((name) =>
    stat(join(folder, name)).then(
      ({blocks}) => blocks * 512,
      () => 0,
    ),
  );
  return Math.max(0, ...(await Promise.all(sizes)));
}
