import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {outcomeOf, waitForPause} from '../support/cli.ts';
import {
  countStarts,
  jsonAt,
  letGo,
  makeBox,
  onlyRun,
  runArgs,
  settle,
  startAt,
  succeed,
  useSshd,
} from '../support/remote.ts';
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

describe('a client of a box', function () {
  this.timeout(60_000);

  const sshd = useSshd();

  for (const point of POINTS) {
    it(`killed at ${point} costs nothing`, async () => {
      const box = await makeBox({sshd: sshd()});
      // Only a job that takes a while is seen running.
      const kind = point.endsWith('running') ? 'wait' : 'copy';
      const child = startAt(box, runArgs(kind), point);
      const ended = outcomeOf(child);
      await waitForPause(child, point);
      child.kill('SIGKILL');
      assert.equal((await ended).signal, 'SIGKILL');
      await letGo(box);
      const run = await settle(box, await onlyRun(box));
      assert.equal(run.status, 'completed');
      assert.equal(run.attempts.length, 1);
      assert.equal(run.events.filter(({to}) => to === 'completed').length, 1);
      assert.equal(await countStarts(box), 1);
      await assertSound(box.workspace);
      const {path} = await jsonAt<{path: string}>(box, ['open', '--print', run.id]);
      assert.equal(await readFile(join(path, 'copy.txt'), 'utf8'), 'the input\n');
      if (point !== 'run.after.completed') assert.equal(existsSync(join(box.root, 'jobs', run.id)), false);
      // Whoever recorded the end may have died before it could tidy up: the job is at home all the same.
      else assert.match(await succeed(box, ['target', 'drain', 'box']), /safe to terminate/);
    });
  }
});
