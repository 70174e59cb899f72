import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {readdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {outcomeOf} from '../support/cli.ts';
import {startFaultProxy} from '../support/fault-proxy.ts';
import {
  cosmosAt,
  jsonAt,
  letGo,
  makeBox,
  onlyRun,
  runArgs,
  runDetached,
  showRun,
  startAt,
  succeed,
  until,
  useSshd,
} from '../support/remote.ts';
import {startSshd} from '../support/sshd.ts';

interface Event {
  run: string;
  target: string;
  from: string | null;
  to: string | null;
}

describe('cosmos watch', function () {
  this.timeout(60_000);

  const sshd = useSshd();

  it('brings every run home, an event a line', async () => {
    const box = await makeBox({sshd: sshd()});
    const {id} = await runDetached(box, 'wait');
    await letGo(box);
    const stdout = await succeed(box, ['watch', '--until-idle', '--json']);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Event);
    assert.deepEqual(
      events.map(({run, from, to}) => [run, from, to]),
      [
        [id, 'running', 'collecting'],
        [id, 'collecting', 'completed'],
      ],
    );
    assert.equal(events[0]?.target, 'box');
  });

  it('ends cleanly when it is told to', async () => {
    const box = await makeBox({sshd: sshd()});
    const {id} = await runDetached(box, 'wait');
    const child = startAt(box, ['watch']);
    const ended = outcomeOf(child);
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    await until(() => said.includes('run open'), 'the first words');
    child.kill('SIGTERM');
    const {code, stderr} = await ended;
    assert.equal(code, 0, stderr);
    assert.equal((await showRun(box, id)).status, 'running');
  });
});

describe('cosmos target drain', function () {
  this.timeout(60_000);

  const sshd = useSshd();

  it('waits, collects, and says that it is safe', async () => {
    const box = await makeBox({sshd: sshd()});
    const {id} = await runDetached(box, 'wait');
    const stopped = join(box.home, 'stopped');
    const draining = cosmosAt(box, ['target', 'drain', 'box', '--then', 'touch', '--then', stopped]);
    await sleep(1500);
    assert.equal(existsSync(stopped), false);
    await letGo(box);
    const {code, stdout} = await draining;
    assert.equal(code, 0);
    assert.equal(stdout.trimEnd().split('\n').at(-1), 'box: safe to terminate');
    assert.equal(existsSync(stopped), true);
    assert.equal((await showRun(box, id)).status, 'completed');
    const failing = await cosmosAt(box, [
      'target',
      'drain',
      'box',
      '--then',
      'sh',
      '--then',
      '-c',
      '--then',
      'echo no; exit 3',
    ]);
    assert.deepEqual([failing.code, failing.stdout], [1, 'box: safe to terminate\n']);
    assert.match(failing.stderr, /no\n[^]*ended with exit code 3[^]*program\.failed/);
  });

  it('names what another workspace would lose', async () => {
    const box = await makeBox({sshd: sshd()});
    const other = await makeBox({sshd: sshd(), root: box.root});
    await succeed(box, runArgs('copy'));
    const {id} = await runDetached(other, 'wait');
    const stopped = join(box.home, 'stopped');
    const {code, stdout} = await cosmosAt(box, [
      'target',
      'drain',
      'box',
      '--then',
      'touch',
      '--then',
      stopped,
    ]);
    assert.equal(code, 1);
    assert.match(stdout, new RegExp(`not safe to terminate[^]*${id}`));
    assert.equal(existsSync(stopped), false);
  });

  it('counts what was given up as lost', async () => {
    const box = await makeBox({sshd: sshd()});
    const {id} = await runDetached(box, 'wait');
    await succeed(box, ['abandon', id, '--yes']);
    const {code, stdout} = await cosmosAt(box, ['target', 'drain', 'box']);
    assert.equal(code, 1);
    assert.match(stdout, /not safe to terminate[^]*rs_\w+ was given up, and its job is still there/);
  });

  it('of a box that is off says so', async () => {
    const box = await makeBox({sshd: sshd()});
    await succeed(box, runArgs('copy'));
    await succeed(box, ['target', 'set', 'box', 'port=1']);
    const {code, stdout} = await cosmosAt(box, ['target', 'drain', 'box']);
    assert.equal(code, 13);
    assert.doesNotMatch(stdout, /safe/);
  });
});

describe('cosmos target clean', function () {
  this.timeout(60_000);

  const sshd = useSshd();

  it('removes only unused inputs that are home', async () => {
    const box = await makeBox({sshd: sshd()});
    const other = await makeBox({sshd: sshd(), root: box.root});
    await writeFile(join(other.workspace, 'text.txt'), 'of the other one\n');
    await succeed(box, runArgs('copy'));
    await succeed(other, runArgs('copy'));
    const before = await readdir(join(box.root, 'blobs'));
    assert.equal(before.length, 4);
    assert.match(
      await succeed(box, ['target', 'clean', 'box']),
      /Would remove 2 inputs[^]*Nothing was changed/,
    );
    assert.deepEqual(await readdir(join(box.root, 'blobs')), before);
    const stdout = await succeed(box, ['target', 'clean', 'box', '--yes']);
    assert.match(stdout, /Removed 2 inputs[^]*2 inputs not in this store/);
    assert.equal((await readdir(join(box.root, 'blobs'))).length, 2);
  });

  it('leaves the inputs of a job that runs', async () => {
    const box = await makeBox({sshd: sshd()});
    await runDetached(box, 'wait');
    assert.match(await succeed(box, ['target', 'clean', 'box', '--yes']), /Removed 0 inputs/);
    assert.equal((await readdir(join(box.root, 'blobs'))).length, 2);
  });
});

describe('cosmos abandon', function () {
  this.timeout(60_000);

  useSshd();

  it("takes the owner's word without asking the box", async () => {
    const own = await startSshd();
    try {
      const box = await makeBox({sshd: own});
      const {id} = await runDetached(box, 'wait');
      await own.stop();
      assert.equal((await cosmosAt(box, ['abandon', id])).code, 2);
      assert.equal((await showRun(box, id)).status, 'running');
      const words = ['abandon', '--target', 'box', '--yes', '--reason', 'terminated'];
      const [run] = await jsonAt<RunDocument[]>(box, words);
      assert.equal(run?.status, 'failed');
      assert.equal(run.failure?.class, 'target.gone');
      assert.deepEqual(run.failure.evidence, ['terminated']);
      assert.match(await succeed(box, [...words]), /No run is open on box/);
      assert.equal((await cosmosAt(box, ['abandon'])).code, 2);
    } finally {
      await own.stop();
    }
  });
});

describe('what is known at home', function () {
  this.timeout(60_000);

  useSshd();

  it('is shown without a key or a word to the box', async () => {
    const own = await startSshd();
    const proxy = await startFaultProxy({port: own.port});
    try {
      const box = await makeBox({sshd: own, port: proxy.port});
      await succeed(box, runArgs('copy'));
      const id = await onlyRun(box);
      const {id: open} = await runDetached(box, 'wait');
      await own.stop();
      proxy.stall();
      await rm(own.userKey);
      await rm(join(box.home, '.ssh'), {recursive: true});
      const {connections} = proxy.counters;
      for (const args of [
        ['list'],
        ['show', open],
        ['logs', id],
        ['status', '--offline'],
        ['verify'],
        ['gc', '--dry-run'],
        ['target', 'list'],
        ['target', 'show', 'box'],
      ]) {
        const began = performance.now();
        const {code, stderr} = await cosmosAt(box, args);
        assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
        assert.ok(performance.now() - began < 5000, args.join(' '));
      }
      assert.equal(proxy.counters.connections, connections);
    } finally {
      await proxy.close();
      await own.stop();
    }
  });
});
