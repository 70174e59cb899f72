import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import type {TargetQueue} from '../../src/workspace/queue.ts';
import {outcomeOf} from '../support/cli.ts';
import {startFaultProxy} from '../support/fault-proxy.ts';
import {installGpus} from '../support/gpus.ts';
import {
  attemptFolder,
  cosmosAt,
  jsonAt,
  letGo,
  makeBox,
  runArgs,
  runDetached,
  settle,
  showRun,
  startAt,
  startWaiting,
  succeed,
  until,
  useSshd,
  type Box,
} from '../support/remote.ts';
import {findProgram} from '../support/shells.ts';
import type {SshdOptions} from '../support/sshd.ts';
import {temporaryFolder} from '../support/temporary.ts';

/** A machine with one GPU and a line of its own. */
async function oneGpu(): Promise<SshdOptions> {
  const tools = await temporaryFolder('tools');
  await installGpus(tools, ['GPU-aa']);
  const slots = join(await temporaryFolder('slots'), 'cosmos-slots-own');
  return {environment: {PATH: `${tools}:${process.env['PATH'] ?? ''}`, COSMOS_SLOTS: slots}};
}

describe('cosmos queue', function () {
  this.timeout(180_000);

  before(function () {
    if (findProgram('flock') === undefined) this.skip();
  });
  const sshd = useSshd(oneGpu);

  it('orders the runs of two workspaces', async () => {
    const box = await makeBox({sshd: sshd(), gpus: 1});
    const other = await makeBox({sshd: sshd(), root: box.root, gpus: 1});
    const theirs = await startWaiting(other);
    const first = await runDetached(box, 'wait');
    const second = await runDetached(box, 'wait');
    assert.deepEqual([first.status, second.status], ['submitted', 'submitted']);
    assert.equal((await settle(other, theirs, 1)).status, 'running');
    assert.deepEqual(waitingOf(second), {for: 'gpu', place: 2, of: 2});

    const [queue] = await jsonAt<TargetQueue[]>(box, ['queue']);
    assert.deepEqual(
      queue?.running.map(({gpu, holder}) => [gpu?.uuid, holder?.job, holder?.run]),
      [['GPU-aa', theirs, null]],
    );
    assert.deepEqual(
      queue.waiting.map(({job, run, place, gpus, estimatedStart}) => [
        ...[job, run?.id, place, gpus, estimatedStart],
      ]),
      [
        [first.id, first.id, 1, 1, null],
        [second.id, second.id, 2, 1, null],
      ],
    );

    assert.match(await succeed(box, ['queue', 'hold', first.id]), /on box: held in GPU line/);
    assert.match(await succeed(box, ['status', '--offline']), /submitted +held in line/);
    const third = await runDetached(box, 'wait');
    assert.match(await succeed(box, ['queue', 'move', third.id, '--first']), /GPU line, 1 of 2/);
    const after = ['--after', third.id.slice(0, 12), '--detach'];
    const last = await jsonAt<RunDocument>(box, [...runArgs('copy'), ...after]);
    assert.deepEqual(last.after, [third.id]);
    assert.deepEqual(waitingOf(last), {for: 'runs', runs: [third.id]});
    assert.match(
      await succeed(box, ['queue', 'box']),
      new RegExp(`0 Test GPU +rs_\\w+ \\(another workspace\\)[^]*held[^]*after ${third.id.slice(0, 11)}`),
    );

    // From here on no client is alive: the machine keeps the order by itself.
    await letGo(other);
    await until(async () => (await logOf(box, third)).includes('job: wait'), 'the one that was moved');
    assert.equal(await logOf(box, second), '');
    await letGo(box);
    await until(async () => (await logOf(box, last)).includes('job: copy'), 'the one after it');
    await until(async () => (await logOf(box, second)).includes('job: done'), 'the one behind');
    assert.equal(await logOf(box, first), '');

    await refuses(box, ['queue', 'hold', third.id], /its job has started/);
    assert.match(await succeed(box, ['queue', 'release', first.id]), /on box: GPU line, 1 of 1/);
    const ended = await settle(box, first.id);
    assert.deepEqual([ended.status, ended.execution.waiting], ['completed', undefined]);
    const runs = await jsonAt<{status: string}[]>(box, ['list']);
    assert.deepEqual(new Set(runs.map(({status}) => status)), new Set(['completed']));
    await refuses(box, ['queue', 'move', first.id, '--first'], /it has ended: completed/);
    await refuses(box, ['queue', 'move', first.id], /first/);
    await refuses(box, ['queue', 'local'], /this machine/);
  });

  it('shows what is known where nobody answers', async () => {
    const proxy = await startFaultProxy({port: sshd().port});
    try {
      const box = await makeBox({sshd: sshd(), port: proxy.port, gpus: 1});
      await succeed(box, ['target', 'add', 'gone', `${sshd().user}@127.0.0.1:1`]);
      const running = await runDetached(box, 'wait');
      const waiting = await runDetached(box, 'wait');
      const queues = await jsonAt<TargetQueue[]>(box, ['queue']);
      assert.deepEqual(
        queues.filter(({problem}) => problem !== null).map(({target}) => target),
        ['gone'],
      );
      proxy.stall();
      const began = performance.now();
      const {code, stdout} = await cosmosAt(box, ['queue']);
      assert.ok(performance.now() - began < 12_000);
      assert.equal(code, 13, stdout);
      for (const {id} of [running, waiting]) assert.match(stdout, new RegExp(id.slice(0, 11)));
      assert.match(stdout, /what the documents know/);
    } finally {
      await proxy.close();
    }
  });
});

describe('cosmos run --after', function () {
  this.timeout(90_000);

  const sshd = useSshd();

  it('waits at home for runs of other targets', async () => {
    const box = await makeBox({sshd: sshd()});
    const local = await jsonAt<RunDocument>(box, [
      ...['run', 'request.json', '--model', 'wait', '--target', 'local', '--detach'],
    ]);
    const following = startAt(box, [...runArgs('copy'), '--after', local.id]);
    const ended = outcomeOf(following);
    const left = await jsonAt<RunDocument>(box, [...runArgs('copy'), '--after', local.id, '--detach']);
    assert.equal(left.status, 'queued');
    assert.deepEqual(waitingOf(left), {for: 'runs', runs: [local.id]});
    // Nobody but the follower of the second looks after the first.
    await letGo(box);
    const {code, stdout, stderr} = await ended;
    assert.equal(code, 0, stdout + stderr);
    assert.equal((await showRun(box, local.id)).status, 'completed');
    assert.equal((await settle(box, left.id)).status, 'completed');
    await refuses(box, [...runArgs('copy'), '--after', 'rs_0123456789'], /There is no run "rs_0123456789"/);
    // What has ended already holds up nobody.
    await succeed(box, [...runArgs('copy'), '--after', local.id, '--after', left.id]);
  });
});

function waitingOf({execution: {waiting}}: RunDocument): unknown {
  return waiting && Object.fromEntries(Object.entries(waiting).filter(([name]) => name !== 'at'));
}

async function logOf(box: Box, {id}: RunDocument): Promise<string> {
  return readFile(join(attemptFolder(box, id), 'log'), 'utf8').catch(() => '');
}

async function refuses(box: Box, args: readonly string[], words: RegExp): Promise<void> {
  const {code, stderr} = await cosmosAt(box, args);
  assert.equal(code, 2, stderr);
  assert.match(stderr, words);
}
