import assert from 'node:assert/strict';
import type {ChildProcess} from 'node:child_process';
import {appendFile, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {startFaultProxy, type FaultProxy} from '../support/fault-proxy.ts';
import {
  attemptFolder,
  endBoxes,
  jsonAt,
  letGo,
  makeBox,
  showRun,
  startAt,
  startWaiting,
  succeed,
  trust,
  until,
  type Box,
} from '../support/remote.ts';
import {hasSshd, startSshd, type Sshd} from '../support/sshd.ts';
import {sha256} from '../support/workspaces.ts';

interface Followed {
  box: Box;
  id: string;
  log: string;
  child: ChildProcess;
  /** What was printed so far. */
  seen: () => Buffer;
  said: () => string;
  ended: Promise<number | null>;
}

/** Of characters of every length, so that a cut falls into one. */
const LINES = 'a line, ü, € and 🎬: nothing of it may be lost or come twice\n'.repeat(3000);

describe('cosmos logs -f', function () {
  this.timeout(120_000);
  let sshd: Sshd;
  let proxy: FaultProxy;

  before(function () {
    if (!hasSshd()) this.skip();
  });

  beforeEach(async () => {
    sshd = await startSshd();
    proxy = await startFaultProxy({port: sshd.port});
  });

  afterEach(async () => {
    await endBoxes();
    await proxy.close();
    await sshd.stop();
  });

  async function follow(): Promise<Followed> {
    const box = await makeBox({sshd, port: proxy.port});
    const id = await startWaiting(box);
    const child = startAt(box, ['logs', '-f', id]);
    const parts: Buffer[] = [];
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => parts.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const seen = (): Buffer => Buffer.concat(parts);
    await until(() => seen().toString() === 'job: wait\n', 'the first line');
    const log = join(attemptFolder(box, id), 'log');
    return {box, id, log, child, seen, said: () => said, ended};
  }

  it('loses no byte to cuts, restarts and new addresses', async () => {
    const {box, id, log, seen, ended} = await follow();
    proxy.cutAfterBytes(100_000);
    await appendFile(log, LINES);
    const length = (times: number): number => 'job: wait\n'.length + times * Buffer.byteLength(LINES);
    await until(() => seen().length === length(1), 'what was cut');
    await sshd.stop();
    await appendFile(log, LINES);
    await sshd.restart();
    await until(() => seen().length === length(2), 'what came while the server was away');
    proxy.refuse();
    proxy.cut();
    // Its key is known before: whoever follows may try the new address at once.
    await trust(box, sshd, sshd.port);
    await succeed(box, ['target', 'set', 'box', `port=${sshd.port}`]);
    await appendFile(log, LINES);
    await until(() => seen().length === length(3), 'what came at the new address');
    await letGo(box);
    assert.equal(await ended, 0);
    const run = await showRun(box, id);
    assert.equal(`sha256:${sha256(seen())}`, run.log?.digest);
    const {log: whole} = await jsonAt<{log: string}>(box, ['logs', id]);
    assert.equal(whole, seen().toString('utf8'));
  });

  it('says that a log was cut off on the target', async () => {
    const {box, log, seen, said, ended} = await follow();
    await truncate(log, 0);
    await until(() => said() !== '', 'the notice');
    assert.match(said(), /the log was cut off or replaced: it has 0 bytes, 10 were read/);
    await writeFile(log, 'new\n', {flag: 'a'});
    await letGo(box);
    assert.equal(await ended, 0);
    assert.equal(seen().toString(), 'job: wait\nnew\njob: done\n');
  });

  it('is left at once, even if nothing answers', async () => {
    const {box, id, child, said, ended} = await follow();
    proxy.stall();
    const asked = Date.now();
    child.kill('SIGINT');
    assert.equal(await ended, 130);
    assert.ok(Date.now() - asked < 10_000, 'it did not wait for the target');
    assert.match(said(), /left; the run goes on/);
    proxy.resume();
    assert.equal((await showRun(box, id)).status, 'running');
  });
});
