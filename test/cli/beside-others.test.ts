import assert from 'node:assert/strict';
import type {ChildProcess} from 'node:child_process';
import {readdir, rm, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import type {VerifyReport} from '../../src/workspace/verify/report.ts';
import {
  cosmos,
  cosmosJson,
  makeCliWorkspace,
  outcomeOf,
  startCosmos,
  waitForPause,
  type Outcome,
} from '../support/cli.ts';
import {until} from '../support/remote.ts';
import {assertSound} from '../support/sound.ts';
import {blobFile, flipByte} from '../support/workspaces.ts';

const RUN = ['run', 'request.json', '--model', 'many'];

interface Paused {
  child: ChildProcess;
  ended: Promise<Outcome>;
}

async function pausedAt(point: string, args: readonly string[], cwd: string): Promise<Paused> {
  const child = startCosmos(args, {cwd, env: {COSMOS_PAUSE_AT: point}});
  const ended = outcomeOf(child);
  await waitForPause(child, point);
  return {child, ended};
}

describe('a run that makes what the store has in a damaged state', function () {
  this.timeout(60_000);

  for (const [what, harm] of [
    ['altered', (path: string) => flipByte(path, 3)],
    ['cut off', (path: string) => truncate(path, 4)],
  ] as const)
    it(`brings its own bytes home where the others are ${what}`, async () => {
      const cwd = await makeCliWorkspace();
      const first = await cosmosJson<RunDocument>(RUN, {cwd});
      const frame = first.outputs.find(({name}) => name.startsWith('frames/'));
      await harm(blobFile(cwd, frame?.digest ?? ''));
      const second = await cosmosJson<RunDocument>(RUN, {cwd});
      assert.deepEqual([second.status, second.outputs], ['completed', first.outputs]);
      await assertSound(cwd);
    });
});

describe('what a person stops, or has lost', function () {
  this.timeout(60_000);

  it('is not stored, and leaves nothing: a put', async function () {
    if (process.platform === 'win32') this.skip();
    const cwd = await makeCliWorkspace();
    const file = join(cwd, 'large.bin');
    await writeFile(file, '');
    await truncate(file, 4 * 2 ** 30);
    const ingest = join(cwd, 'storage', 'ingest');
    const child = startCosmos(['blob', 'put', file], {cwd});
    const ended = outcomeOf(child);
    await until(async () => (await readdir(ingest)).length > 0);
    child.kill('SIGINT');
    const {code, stderr} = await ended;
    assert.equal(code, 130);
    assert.match(stderr, /^cosmos: Stopped\. Nothing was stored/m);
    assert.deepEqual(await readdir(ingest), []);
    assert.deepEqual(await cosmosJson(['blob', 'list'], {cwd}), []);
  });

  it('is named by the rebuild that forgets it: a document', async () => {
    const cwd = await makeCliWorkspace();
    for (const name of ['kept', 'lost'])
      assert.equal((await cosmos(['blob', 'put', 'text.txt', '--name', name], {cwd})).code, 0);
    await rm(join(cwd, 'manifests', 'refs', 'lost.json'));
    const {code, stdout} = await cosmos(['index', 'rebuild'], {cwd});
    assert.equal(code, 12);
    assert.match(stdout, /^Gone: refs\/lost, [^]*bring the files back/m);
    assert.equal((await cosmos(['index', 'rebuild'], {cwd})).code, 0);
  });
});

describe('what goes on beside others', function () {
  this.timeout(60_000);

  before(function () {
    if (process.platform === 'win32') this.skip();
  });

  it('is no news to a deep verify: a blob that is put meanwhile', async () => {
    const cwd = await makeCliWorkspace();
    assert.equal((await cosmos(['blob', 'put', 'text.txt', '--name', 'first'], {cwd})).code, 0);
    const {child, ended} = await pausedAt('scrub.recorded', ['verify', '--deep', '--strict', '--json'], cwd);
    assert.equal((await cosmos(['blob', 'put', 'request.json', '--name', 'second'], {cwd})).code, 0);
    child.kill('SIGCONT');
    const {code, stdout} = await ended;
    const report = JSON.parse(stdout) as VerifyReport;
    assert.deepEqual([code, report.notices, report.damage], [0, [], []]);
  });

  it('is known to a catalog that is made again: what is put and deleted meanwhile', async () => {
    const cwd = await makeCliWorkspace();
    for (const name of ['kept', 'dropped'])
      assert.equal((await cosmos(['blob', 'put', 'text.txt', '--name', name], {cwd})).code, 0);
    const point = 'catalog.made';
    const {child, ended} = await pausedAt(point, ['index', 'rebuild', '--json'], cwd);
    assert.equal((await cosmos(['blob', 'put', 'request.json', '--name', 'new'], {cwd})).code, 0);
    assert.equal((await cosmos(['delete', 'dropped'], {cwd})).code, 0);
    const again = waitForPause(child, point);
    child.kill('SIGCONT');
    await again;
    child.kill('SIGCONT');
    assert.equal((await ended).code, 0);
    const report = await assertSound(cwd);
    assert.deepEqual([report.documents, report.notices], [2, []]);
  });

  it('ends a rebuild that never comes to an end of it, and changes nothing', async () => {
    const cwd = await makeCliWorkspace();
    assert.equal((await cosmos(['blob', 'put', 'text.txt', '--name', 'first'], {cwd})).code, 0);
    const point = 'catalog.made';
    const {child, ended} = await pausedAt(point, ['index', 'rebuild', '--json'], cwd);
    for (const turn of [1, 2, 3]) {
      const put = await cosmos(['blob', 'put', 'text.txt', '--name', `new${turn}`], {cwd});
      assert.equal(put.code, 0, put.stderr);
      const again = turn < 3 ? waitForPause(child, point) : undefined;
      child.kill('SIGCONT');
      await again;
    }
    const {code, stdout} = await ended;
    assert.equal(code, 11, stdout);
    assert.match(stdout, /lease\.held/);
    assert.equal((await assertSound(cwd)).documents, 4);
  });
});
