/** Processes that are stopped (SIGSTOP) at named points, outside of a transaction and inside one, while others work. */
import assert from 'node:assert/strict';
import type {ChildProcess} from 'node:child_process';
import {join} from 'node:path';
import {writeFile} from 'node:fs/promises';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import type {CollectReport} from '../../src/workspace/garbage.ts';
import {
  cosmos,
  cosmosJson,
  makeCliWorkspace,
  outcomeOf,
  startCosmos,
  waitForPause,
  type Outcome,
} from '../support/cli.ts';
import {assertSound} from '../support/sound.ts';
import {closeWorkspace, newWorkspace, putText} from '../support/workspace.ts';

const PUT = ['blob', 'put', 'text.txt', '--name', 'kept'];
const RUN = ['run', 'request.json', '--model', 'copy', '--json'];

interface Stopped {
  child: ChildProcess;
  ended: Promise<Outcome>;
}

/** Those that a failed test has left. */
const stoppedOnes: ChildProcess[] = [];
after(() => {
  for (const child of stoppedOnes) child.kill('SIGKILL');
});

async function stopAt(root: string, point: string, args: readonly string[]): Promise<Stopped> {
  const child = startCosmos(args, {cwd: root, env: {COSMOS_PAUSE_AT: point}});
  stoppedOnes.push(child);
  const ended = outcomeOf(child);
  await waitForPause(child, point);
  return {child, ended};
}

/** Continues it, past every later pause too. */
function release({child, ended}: Stopped): void {
  child.kill('SIGCONT');
  const continuing = setInterval(() => child.kill('SIGCONT'), 10);
  void ended.then(() => clearInterval(continuing));
}

before(function () {
  if (process.platform === 'win32') this.skip();
});

describe('a process stopped outside of a transaction', function () {
  this.timeout(60_000);

  for (const [point, args] of [
    ['document.announced', PUT],
    ['run.uploading', RUN],
    ['run.collected', RUN],
  ] as const) {
    it(`at ${point} loses nothing to a whole gc without grace`, async () => {
      const root = await makeCliWorkspace();
      const stopped = await stopAt(root, point, args);
      const gc = await cosmosJson<CollectReport>(['gc', '--grace', '0'], {cwd: root});
      assert.deepEqual([gc.condemned, gc.leasesEnded], [[], 0]);
      release(stopped);
      const {code, stdout, stderr} = await stopped.ended;
      assert.equal(code, 0, stderr);
      if (args === RUN) assert.equal((JSON.parse(stdout) as RunDocument).status, 'completed');
      const after = await cosmosJson<CollectReport>(['gc', '--grace', '0'], {cwd: root});
      assert.deepEqual(after.condemned, []);
      assert.ok(after.blobsKept > 0);
      await assertSound(root);
    });
  }
});

describe('a process stopped inside of a transaction', function () {
  this.timeout(60_000);

  /** What others say of it, and how they end; `end` is done once all have spoken. */
  async function othersBeside(end: 'SIGCONT' | 'SIGKILL'): Promise<string> {
    const root = await makeCliWorkspace();
    assert.equal((await cosmos(PUT, {cwd: root})).code, 0);
    const workspace = await newWorkspace(root);
    await putText(workspace, 'garbage');
    await closeWorkspace(workspace);
    const gc = await stopAt(root, 'gc.moved', ['gc', '--grace', '0']);
    await writeFile(join(root, 'more.txt'), 'more');
    const others = [['blob', 'put', 'more.txt'], ['gc', '--grace', '0'], ['verify'], ['list']].map((args) =>
      startCosmos(args, {cwd: root}),
    );
    const ends = others.map(outcomeOf);
    const words = new RegExp(
      `waiting for the catalog: .* process ${gc.child.pid} \\(moving blobs to the trash\\)`,
    );
    await Promise.all(others.map((other) => said(other, words)));
    gc.child.kill(end);
    for (const {code, stderr} of await Promise.all(ends)) assert.equal(code, 0, stderr);
    const {code, signal} = await gc.ended;
    assert.deepEqual([code, signal], end === 'SIGCONT' ? [0, null] : [null, 'SIGKILL']);
    await assertSound(root);
    const refs = await cosmosJson<{digest: string}[]>(['blob', 'list'], {cwd: root});
    assert.equal(refs.length, 2, 'what refs name is there, and the garbage is not');
    return root;
  }

  it('is named by whoever waits for it, and costs nothing, continued or killed', async () => {
    await Promise.all([othersBeside('SIGCONT'), othersBeside('SIGKILL')]);
  });
});

describe('two processes that drive one run', function () {
  this.timeout(60_000);

  async function assertOnce(root: string, id: string): Promise<void> {
    const {status, events, attempts} = await cosmosJson<RunDocument>(['show', id], {cwd: root});
    assert.equal(status, 'completed');
    assert.equal(attempts.length, 1);
    const steps = events.map(({from, to}) => `${from ?? ''} ${to}`);
    assert.equal(new Set(steps).size, steps.length, steps.join());
    await assertSound(root);
  }

  it('from the beginning take each step once', async () => {
    const root = await makeCliWorkspace();
    const {id} = await cosmosJson<RunDocument>(['run', 'request.json', '--model', 'slow', '--detach'], {
      cwd: root,
    });
    const ends = await Promise.all(
      [
        ['attach', id],
        ['attach', id],
        ['status', '--wait', '30'],
      ].map((args) => cosmos(args, {cwd: root})),
    );
    for (const {code, stderr} of ends) assert.equal(code, 0, stderr);
    await assertOnce(root, id);
  });

  it('change places when the one that is stopped dies', async () => {
    const root = await makeCliWorkspace();
    const first = await stopAt(root, 'run.collected', RUN);
    const [{id}] = await cosmosJson<[{id: string}]>(['list', '--all'], {cwd: root});
    const second = startCosmos(['attach', id], {cwd: root});
    const ended = outcomeOf(second);
    // It looks on while somebody else drives.
    await said(second, /collecting/);
    first.child.kill('SIGKILL');
    const {code, stderr} = await ended;
    assert.equal(code, 0, stderr);
    await assertOnce(root, id);
  });
});

/** Well over the five seconds after which whoever waits says so, on a busy machine. */
const SAID_WITHIN_MS = 20_000;

function said({stderr}: ChildProcess, words: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`never said: ${text}`)), SAID_WITHIN_MS);
    stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (!words.test(text)) return;
      clearTimeout(timer);
      resolve();
    });
  });
}
