import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {outcomeOf} from '../support/cli.ts';
import {startFaultProxy} from '../support/fault-proxy.ts';
import {
  attemptFolder,
  cosmosAt,
  countStarts,
  follow,
  letGo,
  makeBox,
  onlyRun,
  processesBelow,
  runArgs,
  runDetached,
  settle,
  showRun,
  startAt,
  succeed,
  until,
  useSshd,
} from '../support/remote.ts';
import {assertSound} from '../support/sound.ts';

const MEGABYTE = 1_000_000;

describe('a run on a box', function () {
  this.timeout(60_000);

  const sshd = useSshd();

  it('brings verified outputs, log and view home', async () => {
    const box = await makeBox({sshd: sshd()});
    const {code, stdout} = await cosmosAt(box, runArgs('copy'));
    assert.equal(code, 0);
    assert.match(stdout, /completed/);
    const run = await showRun(box, await onlyRun(box));
    assert.equal(run.status, 'completed');
    assert.equal(run.primaryOutput, 'copy.txt');
    const {execution} = run;
    const mark = JSON.parse(await readFile(join(box.root, 'box.json'), 'utf8')) as {id: string};
    assert.equal(execution.box, mark.id);
    assert.equal(execution.root, box.root);
    assert.equal(execution.command[0], 'sh');
    assert.equal(execution.exitCode, 0);
    assert.equal(execution.job, run.id);
    assert.equal(await succeed(box, ['logs', run.id]), 'job: copy\n');
    const view = join(box.workspace, 'outputs', `run_${run.id}`, 'copy.txt');
    assert.equal(await readFile(view, 'utf8'), 'the input\n');
    assert.equal(existsSync(join(box.root, 'jobs', run.id)), false);
    await assertSound(box.workspace);
    assert.equal(await countStarts(box), 1);
  });

  it('sends the same inputs only once', async () => {
    const proxy = await startFaultProxy({port: sshd().port});
    try {
      const box = await makeBox({sshd: sshd(), port: proxy.port});
      await writeFile(join(box.workspace, 'text.txt'), Buffer.alloc(3 * MEGABYTE, 'x'));
      await succeed(box, runArgs('copy'));
      const sentFirst = proxy.counters.bytesUp;
      assert.ok(sentFirst > 3 * MEGABYTE);
      const cached = await inodes(join(box.root, 'blobs'));
      const plan = await succeed(box, [...runArgs('copy'), '--dry-run']);
      assert.match(
        plan,
        /^Inputs \(2 files, 3\.0 MB, \d+ bytes to send\):\n {2}text\.txt {2}text {2}3\.0 MB {2}\(there already\)\n {2}spec\.json {2}spec {2}\d+ bytes$/m,
      );
      await writeFile(join(box.workspace, 'text.txt'), Buffer.alloc(3 * MEGABYTE, 'y'));
      assert.match(
        await succeed(box, [...runArgs('copy'), '--dry-run']),
        /, 3\.0 MB to send\):\n.*3\.0 MB$/m,
      );
      await writeFile(join(box.workspace, 'text.txt'), Buffer.alloc(3 * MEGABYTE, 'x'));
      await succeed(box, runArgs('copy'));
      assert.ok(proxy.counters.bytesUp - sentFirst < MEGABYTE / 5, String(proxy.counters.bytesUp));
      for (const [name, inode] of cached)
        assert.equal((await inodes(join(box.root, 'blobs'))).get(name), inode);
    } finally {
      await proxy.close();
    }
  });

  it('that fails keeps its log and partial outputs', async () => {
    const box = await makeBox({sshd: sshd()});
    const {code, stdout} = await cosmosAt(box, runArgs('fail'));
    assert.equal(code, 14);
    assert.match(stdout, /failed/);
    const run = await showRun(box, await onlyRun(box));
    assert.equal(run.status, 'failed');
    assert.equal(run.failure?.class, 'job.exit');
    assert.equal(run.execution.exitCode, 7);
    assert.equal(run.primaryOutput, null);
    assert.deepEqual(
      run.outputs.map(({name, isPartial}) => [name, isPartial]),
      [['partial.txt', true]],
    );
    assert.match(await succeed(box, ['show', run.id]), /partial\.txt \(extra, partial\)/);
    const view = join(box.workspace, 'outputs', `run_${run.id}`);
    assert.equal(await readFile(join(view, 'partial', 'partial.txt'), 'utf8'), 'half of it\n');
    assert.match(await succeed(box, ['logs', run.id]), /the reactor is too hot/);
  });

  it('that is cancelled is proven gone', async () => {
    const box = await makeBox({sshd: sshd()});
    const {id} = await runDetached(box, 'wait');
    await until(() => existsSync(join(attemptFolder(box, id), 'outputs', 'partial.txt')), 'the output');
    assert.match(await succeed(box, ['cancel', id, '--reason', 'wrong seed']), /is cancelled/);
    assert.deepEqual(processesBelow(box.root), []);
    const run = await showRun(box, id);
    assert.equal(run.status, 'cancelled');
    assert.equal(run.cancelRequested?.reason, 'wrong seed');
    assert.deepEqual(
      run.outputs.map(({name, isPartial}) => [name, isPartial]),
      [['partial.txt', true]],
    );
    assert.equal(await succeed(box, ['logs', id]), 'job: wait\n');
    assert.equal((await cosmosAt(box, ['attach', id])).code, 15);
  });

  it('that was left is attached again, at its price', async () => {
    const box = await makeBox({sshd: sshd(), settings: ['price=3600', 'currency=EUR']});
    const {id, status} = await runDetached(box, 'wait');
    assert.equal(status, 'running');
    const attached = await follow(box, id);
    await sleep(1000);
    await letGo(box);
    assert.equal((await attached.ended).code, 0);
    const {cost} = await showRun(box, id);
    assert.equal(cost?.currency, 'EUR');
    assert.equal(cost.pricePerHour, 3600);
    assert.ok(cost.amount >= 1 && cost.amount < 30, String(cost.amount));
  });

  it('can be left with Ctrl-C and goes on', async () => {
    const box = await makeBox({sshd: sshd()});
    const child = startAt(box, runArgs('wait'));
    const ended = outcomeOf(child);
    await until(async () => (await countStarts(box)) === 1, 'the job');
    child.kill('SIGINT');
    const {code, stderr} = await ended;
    assert.equal(code, 130);
    assert.match(stderr, /left; the run goes on/);
    await letGo(box);
    const run = await settle(box, await onlyRun(box));
    assert.equal(run.status, 'completed');
    assert.equal(await countStarts(box), 1);
  });

  it('shows its log as it grows, whole', async () => {
    const box = await makeBox({sshd: sshd()});
    const {id} = await runDetached(box, 'wait');
    const child = startAt(box, ['logs', '-f', id]);
    let seen = '';
    child.stdout?.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    const ended = outcomeOf(child);
    await until(() => seen === 'job: wait\n', 'the first line');
    await letGo(box);
    const {code, stdout} = await ended;
    assert.equal(code, 0);
    assert.equal(stdout, 'job: wait\njob: done\n');
    assert.equal((await showRun(box, id)).status, 'completed');
  });
});

async function inodes(folder: string): Promise<Map<string, number>> {
  const names = await readdir(folder);
  const stats = await Promise.all(names.map((name) => stat(join(folder, name))));
  return new Map(names.map((name, index) => [name, stats[index]?.ino ?? 0]));
}
