/** Proving a store a part at a time: what was proven counts, whoever stopped it and however. */
import assert from 'node:assert/strict';
import type {ChildProcess} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {PutReport} from '../../src/workspace/put-files.ts';
import type {VerifyReport} from '../../src/workspace/verify/report.ts';
import {cosmos, cosmosJson, makeCliWorkspace, outcomeOf, startCosmos, waitForPause} from '../support/cli.ts';
import {blobFile, flipByte} from '../support/workspaces.ts';

const MEBIBYTE = 1 << 20;
/** Enough to be written to the ledger by itself. */
const LARGE = 64 * MEBIBYTE;
/** One blob after the other. */
const env = {COSMOS_VERIFY_WORKERS: '1'};

describe('verify --deep of a part', function () {
  this.timeout(60_000);

  let cwd = '';
  let digests: string[] = [];

  beforeEach(async () => {
    cwd = await makeCliWorkspace();
    const names = ['a.bin', 'b.bin', 'c.bin'];
    for (const [index, name] of names.entries())
      await writeFile(join(cwd, name), Buffer.alloc(LARGE + (2 - index) * MEBIBYTE, index));
    const {entries} = await cosmosJson<PutReport>(['blob', 'put', ...names], {cwd});
    digests = entries.map(({digest}) => digest);
  });

  const deep = (...words: string[]): Promise<VerifyReport> =>
    cosmosJson<VerifyReport>(['verify', '--deep', ...words], {cwd, env});
  const quick = async (): Promise<VerifyReport['coverage']> =>
    (await cosmosJson<VerifyReport>(['verify'], {cwd})).coverage;

  /** Stopped when it has proven the first one. */
  async function startAndStop(): Promise<ChildProcess> {
    const child = startCosmos(['verify', '--deep'], {cwd, env: {...env, COSMOS_PAUSE_AT: 'scrub.recorded'}});
    await waitForPause(child, 'scrub.recorded');
    return child;
  }

  it('goes on after a kill where it was', async () => {
    const child = await startAndStop();
    const ended = outcomeOf(child);
    child.kill('SIGKILL');
    await ended;
    assert.equal((await quick()).unprovenBlobs, 2);
    const report = await deep('--max-age', '1d');
    assert.deepEqual([report.due.blobs, report.blobsHashed, report.left.blobs], [2, 2, 0]);
    assert.equal(report.bytesHashed, 2 * LARGE + MEBIBYTE);
    assert.equal(report.coverage.unprovenBlobs, 0);
  });

  it('says after Ctrl-C what it has proven, and what is left', async () => {
    const child = await startAndStop();
    const ended = outcomeOf(child);
    child.kill('SIGINT');
    child.kill('SIGCONT');
    const {code, stdout} = await ended;
    assert.equal(code, 130);
    assert.match(stdout, /^Stopped: 2 blobs \(1\d\d\.\d MB\) of 3 that were due are left .*kept$/m);
    assert.match(stdout, /^Proven within 30 days: 33\.\d % of the bytes; 2 blobs never proven;/m);
    assert.equal((await quick()).unprovenBlobs, 2);
  });

  it('reads nothing that was proven a short time ago, and all of it without --max-age', async () => {
    await deep();
    const again = await cosmos(['verify', '--deep', '--max-age', '30d'], {cwd});
    assert.equal(again.code, 0);
    assert.match(again.stdout, /; nothing was due: all of it was proven recently enough$/m);
    assert.match(again.stdout, /^Proven within 30 days: 100 % of the bytes; 0 blobs never proven/m);
    assert.equal((await deep()).blobsHashed, 3);
  });

  it('begins nothing when the time is over', async () => {
    const report = await deep('--budget', '0');
    assert.deepEqual([report.due.blobs, report.left.blobs, report.bytesHashed], [3, 3, 0]);
    assert.equal(report.isSound, true);
    const {stdout} = await cosmos(['verify', '--deep', '--budget', '0'], {cwd});
    assert.match(stdout, /^The time was over: 3 blobs \(204\.\d MB\) of 3 that were due are left/m);
    assert.equal((await deep('--budget', '10m')).left.blobs, 0);
  });

  it('goes on to call damage damage, however young the proofs are', async () => {
    await deep();
    await flipByte(blobFile(cwd, digests[0] ?? ''), MEBIBYTE);
    assert.equal((await deep('--max-age', '30d')).isSound, true, 'nobody has looked');
    assert.equal((await deep()).isSound, false);
    for (const words of [
      ['--max-age', '30d'],
      ['--budget', '0'],
    ]) {
      const {damage} = await deep(...words);
      assert.deepEqual(
        damage.map(({code, digest}) => [code, digest]),
        [['blob.missing', digests[0]]],
      );
    }
  });

  it('counts what a second implementation has hashed as well', async () => {
    const {stdout} = await cosmos(['verify', '--deep', '--cross-check', '1%'], {cwd});
    assert.match(stdout, / on 2 threads; 1 blob by a second implementation too$/m);
    assert.equal((await deep('--cross-check', '0')).crossChecked, 0);
  });

  it('wants times and parts that it can understand, and only of a deep one', async () => {
    for (const [words, message] of [
      [['--deep', '--budget', 'soon'], /--budget: "soon" is not a duration/],
      [['--deep', '--max-age', '30'], /--max-age: "30" is not a duration/],
      [['--deep', '--cross-check', '101%'], /--cross-check: "101%" is no part of the blobs/],
      [['--deep', '--cross-check', 'half'], /--cross-check: "half" is no part of the blobs/],
      [['--max-age', '30d'], /--deep/],
    ] as const) {
      const {code, stderr} = await cosmos(['verify', ...words], {cwd});
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
  });
});
