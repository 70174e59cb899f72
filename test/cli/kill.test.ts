import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {cosmos, cosmosJson, makeCliWorkspace, outcomeOf, startCosmos, waitForPause} from '../support/cli.ts';
import {showRun} from '../support/remote.ts';
import {assertSound} from '../support/sound.ts';

/** Every place at which a client may die once the run exists. */
const POINTS = [
  'run.queued',
  'run.after.preparing',
  'run.preparing',
  'run.after.uploading',
  'run.uploading',
  'run.after.submitted',
  'run.submitted',
  'run.after.running',
  'run.running',
  'run.after.collecting',
  'run.collecting',
  'run.collected',
  'run.after.completed',
];

/** Before that, nothing may be left but garbage. */
const EARLY_POINTS = ['put.staged', 'put.announced', 'put.linked', 'document.announced', 'document.renamed'];

interface Row {
  summary: {id: string; status: string};
}

async function killAt(root: string, point: string): Promise<void> {
  // Only a job that takes a while is seen running.
  const model = point.endsWith('running') ? 'slow' : 'copy';
  const child = startCosmos(['run', 'request.json', '--model', model, '--prompt', 'kill me'], {
    cwd: root,
    env: {COSMOS_PAUSE_AT: point},
  });
  const ended = outcomeOf(child);
  await waitForPause(child, point);
  child.kill('SIGKILL');
  assert.equal((await ended).signal, 'SIGKILL');
}

describe('a killed client', function () {
  this.timeout(60_000);

  before(function () {
    if (process.platform === 'win32') this.skip();
  });

  for (const point of POINTS) {
    it(`at ${point} costs nothing: the next status ends the run`, async () => {
      const root = await makeCliWorkspace();
      await killAt(root, point);
      const rows = await cosmosJson<Row[]>(['status', '--wait', '30'], {cwd: root});
      assert.deepEqual(
        rows.map(({summary}) => summary.status),
        ['completed'],
      );
      const run = await showRun({workspace: root}, rows[0]?.summary.id ?? '');
      assert.deepEqual(
        run.outputs.map(({name}) => name),
        ['copy.txt'],
      );
      assert.equal(run.attempts.length, 1);
      assert.equal(run.events.filter(({to}) => to === 'completed').length, 1);
      await assertSound(root);
      const {path} = await cosmosJson<{path: string}>(['open', '--print', run.id], {cwd: root});
      assert.equal(await readFile(join(path, 'copy.txt'), 'utf8'), 'the input\n');
      assert.equal((await cosmos(['gc'], {cwd: root})).code, 0);
      assert.equal(existsSync(join(root, 'work', 'local', 'jobs', run.id)), false);
    });
  }

  for (const point of EARLY_POINTS) {
    it(`at ${point} leaves no run behind`, async () => {
      const root = await makeCliWorkspace();
      await killAt(root, point);
      assert.deepEqual(await cosmosJson(['status'], {cwd: root}), []);
      await assertSound(root);
      const {code} = await cosmos(['gc', '--grace', '0'], {cwd: root});
      assert.equal(code, 0);
      assert.deepEqual(await cosmosJson(['blob', 'list'], {cwd: root}), []);
      const again = await cosmos(['run', 'request.json', '--model', 'copy'], {cwd: root});
      assert.equal(again.code, 0, again.stderr);
    });
  }
});
