import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {outcomeOf} from '../support/cli.ts';
import {
  attemptFolder,
  cosmosAt,
  letGo,
  makeBox,
  processesBelow,
  showRun,
  startAt,
  startWaiting,
  succeed,
  until,
  useSshd,
  type Box,
} from '../support/remote.ts';
import {assertSound} from '../support/sound.ts';

describe('a run that was given up', function () {
  this.timeout(60_000);

  const sshd = useSshd();

  async function giveUp(): Promise<{box: Box; id: string}> {
    const box = await makeBox({sshd: sshd()});
    const id = await startWaiting(box);
    assert.match(await succeed(box, ['abandon', id, '--yes']), /cosmos attach rs_[^]*cosmos cancel rs_/);
    return {box, id};
  }

  it('gets its late outputs when somebody asks', async () => {
    const {box, id} = await giveUp();
    const drained = await cosmosAt(box, ['target', 'drain', 'box']);
    assert.equal(drained.code, 1);
    assert.match(drained.stdout, /was given up, and its job is still there: cosmos attach rs_/);
    const attached = outcomeOf(startAt(box, ['attach', id]));
    await letGo(box);
    const {code, stdout, stderr} = await attached;
    assert.equal(code, 14, stderr);
    assert.match(stdout, /target\.gone/);
    const run = await showRun(box, id);
    assert.equal(run.status, 'failed');
    assert.equal(run.failure?.class, 'target.gone');
    assert.deepEqual(
      run.outputs.map(({name, isLate, isPartial}) => [name, isLate, isPartial]),
      ['copy.txt', 'partial.txt'].map((name) => [name, true, undefined]),
    );
    assert.equal(run.execution.exitCode, 0);
    const [ended, late] = run.events.slice(-2);
    assert.deepEqual(
      [ended?.to, late?.from, late?.to, late?.at],
      ['failed', 'failed', 'failed', run.execution.lateAt],
    );
    assert.equal(await succeed(box, ['logs', id]), 'job: wait\njob: done\n');
    assert.match(await succeed(box, ['show', id]), /copy\.txt \(output, late\)/);
    const view = join(box.workspace, 'outputs', `run_${id}`);
    assert.equal(await readFile(join(view, 'copy.txt'), 'utf8'), 'the input\n');
    assert.ok(!existsSync(join(box.root, 'jobs', id)));
    assert.match(await succeed(box, ['target', 'drain', 'box']), /safe to terminate/);
    await assertSound(box.workspace);
  });

  it('has its job stopped by a cancel', async () => {
    const {box, id} = await giveUp();
    await until(() => existsSync(join(attemptFolder(box, id), 'outputs', 'partial.txt')), 'the output');
    assert.match(await succeed(box, ['cancel', id]), /stays given up; its job has ended/);
    assert.deepEqual(processesBelow(box.root), []);
    const run = await showRun(box, id);
    assert.deepEqual(
      run.outputs.map(({name, isLate, isPartial}) => [name, isLate, isPartial]),
      [['partial.txt', true, true]],
    );
    assert.equal(run.status, 'failed');
    assert.match(await succeed(box, ['cancel', id]), /had ended already/);
  });

  it('whose folder is gone has nothing to bring', async () => {
    const {box, id} = await giveUp();
    await rm(join(box.root, 'jobs', id), {recursive: true});
    const {code, stderr} = await cosmosAt(box, ['attach', id]);
    assert.equal(code, 14);
    assert.match(stderr, /nothing of rs_\w+ is on box any more/);
    assert.equal((await showRun(box, id)).execution.lateAt, undefined);
  });
});
