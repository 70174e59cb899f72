import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {cp, readdir, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {outcomeOf, waitForPause} from '../support/cli.ts';
import {
  assertHome,
  attemptFolder,
  cosmosAt,
  countStarts,
  endBoxes,
  follow,
  jsonAt,
  killBelow,
  letGo,
  makeBox,
  onlyRun,
  runArgs,
  settle,
  showRun,
  startAt,
  startWaiting,
  succeed,
  until,
  useSshd,
} from '../support/remote.ts';
import {makeSmallDisk, type SmallDisk} from '../support/small-disk.ts';
import {assertSound} from '../support/sound.ts';

describe('a job folder that is removed', function () {
  this.timeout(60_000);

  const sshd = useSshd();

  it('ends nothing while the job still runs', async () => {
    const box = await makeBox({sshd: sshd()});
    const id = await startWaiting(box);
    await rm(join(box.root, 'jobs', id), {recursive: true});
    assert.equal((await settle(box, id, 3)).status, 'running');
    await letGo(box);
    const run = await settle(box, id);
    assert.equal(run.status, 'failed');
    assert.equal(run.failure?.class, 'job.gone');
    assert.equal(await countStarts(box), 1);
  });

  it('after the end is said, not waited for', async () => {
    const box = await makeBox({sshd: sshd()});
    const id = await startWaiting(box);
    await letGo(box);
    await until(() => existsSync(join(attemptFolder(box, id), 'state', 'exit.json')), 'the end');
    await rm(join(box.root, 'jobs', id), {recursive: true});
    const run = await settle(box, id);
    assert.equal(run.status, 'failed');
    assert.equal(run.failure?.class, 'job.gone');
    assert.equal(run.outputs.length, 0);
  });

  it('with its whole disk proves nothing at all', async () => {
    const box = await makeBox({sshd: sshd()});
    const id = await startWaiting(box);
    const attached = await follow(box, id);
    await rename(box.root, `${box.root}.away`);
    await killBelow(box.root);
    await sleep(3000);
    assert.equal((await showRun(box, id)).status, 'running');
    await rename(`${box.root}.away`, box.root);
    assert.equal((await attached.ended).code, 14);
    assert.equal((await showRun(box, id)).failure?.class, 'job.lost');
    // The shell of the job may have lived long enough to say what became of its own child.
    assert.match(await succeed(box, ['logs', id]), /^job: wait\n(Killed\n)?$/);
  });
});

describe('a full disk on the way', function () {
  this.timeout(60_000);

  let disk: SmallDisk | undefined;

  const sshd = useSshd();

  afterEach(async () => {
    await endBoxes();
    disk?.unmount();
    disk = undefined;
  });

  async function mounted(context: Mocha.Context, sizeMegabytes: number): Promise<SmallDisk> {
    disk = await makeSmallDisk(sizeMegabytes);
    return disk ?? context.skip();
  }

  it('of the target is seen before anything starts', async function () {
    const {folder} = await mounted(this, 20);
    const box = await makeBox({sshd: sshd(), root: join(folder, 'root')});
    const {code, stderr} = await cosmosAt(box, runArgs('copy'));
    assert.equal(code, 13);
    assert.match(stderr, /needs about 1\.1 GB there; 0\.0 GB are free[^]*Nothing was started/);
    assert.equal(await countStarts(box), 0);
    assert.deepEqual(await jsonAt(box, ['list']), []);
  });

  it('of the target fails the job, with its log', async function () {
    const {folder, remount} = await mounted(this, 2000);
    const box = await makeBox({sshd: sshd(), root: join(folder, 'root')});
    const child = startAt(box, runArgs('fill'), 'run.uploading');
    const ended = outcomeOf(child);
    await waitForPause(child, 'run.uploading');
    remount('size=20m');
    child.kill('SIGCONT');
    assert.equal((await ended).code, 14);
    const run = await showRun(box, await onlyRun(box));
    assert.equal(run.failure?.class, 'target.no-space');
    assert.match(await succeed(box, ['logs', run.id]), /No space left/);
    assert.equal(await countStarts(box), 1);
  });

  it('at home loses nothing that the box has', async function () {
    // Half of the large output finds room.
    const {folder, remount} = await mounted(this, 16);
    const made = await makeBox({sshd: sshd()});
    await cp(made.workspace, join(folder, 'workspace'), {recursive: true});
    const box = {...made, workspace: join(folder, 'workspace')};
    const {code, stderr} = await cosmosAt(box, runArgs('big'));
    assert.equal(code, 1);
    assert.match(stderr, /is not lost[^]*store\.full/);
    const id = await onlyRun(box);
    assert.equal((await showRun(box, id)).status, 'collecting');
    assert.ok(existsSync(attemptFolder(box, id)));
    assert.deepEqual(await readdir(join(box.workspace, 'storage', 'ingest')), []);
    await succeed(box, ['blob', 'put', 'request.json']);
    await assertSound(box.workspace);
    remount('size=60m');
    await assertHome(box, await settle(box, id));
  });
});
