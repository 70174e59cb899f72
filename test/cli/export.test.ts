/** The command: what people type, and what is left when it is ended on its way. */
import assert from 'node:assert/strict';
import {execFile, type ChildProcess} from 'node:child_process';
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import type {ExportReport} from '../../src/workspace/export/export.ts';
import {
  cosmos,
  cosmosJson,
  makeCliWorkspace,
  outcomeOf,
  startCosmos,
  waitForPause,
  type Outcome,
} from '../support/cli.ts';
import {temporaryFolder} from '../support/temporary.ts';

const run = promisify(execFile);

describe('cosmos export', function () {
  this.timeout(60_000);
  let root = '';
  let id = '';
  let parent = '';

  before(async () => {
    root = await makeCliWorkspace();
    const args = ['run', 'request.json', '--model', 'copy', '--prompt', 'to export'];
    ({id} = await cosmosJson<RunDocument>(args, {cwd: root}));
  });
  beforeEach(async () => (parent = await temporaryFolder('export')));

  it('writes a run that really ran, by the beginning of its id', async () => {
    const {code, stdout, stderr} = await cosmos(['export', id.slice(0, 8), join(parent, 'out')], {cwd: root});
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Exported 1 run: \d files \(.*\), \d (copied|cloned), to /);
    const folder = join(parent, 'out', `run_${id}`);
    const {stdout: checked} = await run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], {cwd: folder});
    assert.match(checked, /^copy\.txt: OK$/m);
    assert.match(checked, /^manifest\.json: OK$/m);
    assert.match(checked, /^run\.log: OK$/m);
  });

  it('says with --json what it did', async () => {
    const folder = join(parent, 'layout');
    const args = ['export', id, folder, '--format', 'oci', '--inputs'];
    const report = await cosmosJson<ExportReport>(args, {cwd: root});
    assert.deepEqual([report.folder, report.format, report.runs], [folder, 'oci', [id]]);
    assert.deepEqual((await readdir(folder)).sort(), ['blobs', 'index.json', 'oci-layout']);
  });

  for (const [name, args] of Object.entries({
    'no folder': () => ['export', id],
    'a run that is not there': () => ['export', 'rs_ffffffff', join(parent, 'out')],
    'a format that is not there': () => ['export', id, join(parent, 'out'), '--format', 'zip'],
    'a folder that is not empty': () => ['export', id, root],
  })) {
    it(`refuses ${name}`, async () => {
      const {code, stderr} = await cosmos(args(), {cwd: root});
      assert.equal(code, 2, stderr);
      assert.deepEqual(await readdir(parent), []);
    });
  }

  describe('that is ended on its way', () => {
    before(function () {
      if (process.platform === 'win32') this.skip();
    });

    let child: ChildProcess;
    // A test that failed must not leave a stopped process.
    afterEach(() => child.kill('SIGKILL'));

    /** Stopped at a point of its way. */
    async function stopAt(point: string, name = id): Promise<{ended: Promise<Outcome>}> {
      const args = ['export', name, join(parent, 'out')];
      child = startCosmos(args, {cwd: root, env: {COSMOS_PAUSE_AT: point}});
      const ended = outcomeOf(child);
      await waitForPause(child, point);
      return {ended};
    }

    it('by a kill leaves no folder of that name, and the next one cleans up', async () => {
      const {ended} = await stopAt('export.filled');
      child.kill('SIGKILL');
      await ended;
      assert.deepEqual(
        (await readdir(parent)).map((name) => /^\.cosmos-export-[0-9a-f]{16}\.part$/.test(name)),
        [true],
      );
      const {code, stderr} = await cosmos(['export', id, join(parent, 'out')], {cwd: root});
      assert.equal(code, 0, stderr);
      assert.deepEqual(await readdir(parent), ['out']);
    });

    it('by Ctrl-C leaves nothing', async () => {
      const {ended} = await stopAt('export.filled');
      child.kill('SIGINT');
      child.kill('SIGCONT');
      const {code, stderr} = await ended;
      assert.equal(code, 130, stderr);
      assert.match(stderr, /interrupted; nothing was exported/);
      assert.deepEqual(await readdir(parent), []);
    });

    it('keeps a second one away from its folder', async () => {
      const {ended} = await stopAt('export.filled');
      const {code, stderr} = await cosmos(['export', id, join(parent, 'out')], {cwd: root});
      assert.equal(code, 11, stderr);
      child.kill('SIGCONT');
      assert.equal((await ended).code, 0);
      assert.deepEqual(await readdir(parent), ['out']);
    });

    it('by nobody, is whole though its run is deleted and gc runs meanwhile', async () => {
      const args = ['run', 'request.json', '--model', 'copy', '--prompt', 'to delete'];
      const other = await cosmosJson<RunDocument>(args, {cwd: root});
      const {ended} = await stopAt('export.kept', other.id);
      assert.equal((await cosmos(['delete', other.id], {cwd: root})).code, 0);
      assert.equal((await cosmos(['gc', '--grace', '0'], {cwd: root})).code, 0);
      child.kill('SIGCONT');
      const {code, stderr} = await ended;
      assert.equal(code, 0, stderr);
      await run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], {
        cwd: join(parent, 'out', `run_${other.id}`),
      });
    });
  });
});
