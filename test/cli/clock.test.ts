/** Clocks that are wrong, by libfaketime: the program is the built command line, and only its clock is another one. */
import assert from 'node:assert/strict';
import {existsSync, readdirSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {JournalEntry} from '../../src/cas/journal.ts';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import type {CollectReport} from '../../src/workspace/garbage.ts';
import {cosmos, cosmosJson, makeCliWorkspace, outcomeOf, startCosmos, waitForPause} from '../support/cli.ts';
import {assertSound} from '../support/sound.ts';
import {closeWorkspace, newWorkspace, putText} from '../support/workspace.ts';

const LIBRARY = findLibrary();

/** Debian has it in the folder of the architecture. */
function findLibrary(): string | undefined {
  const folders = existsSync('/usr/lib') ? readdirSync('/usr/lib') : [];
  return folders
    .map((folder) => join('/usr/lib', folder, 'faketime', 'libfaketime.so.1'))
    .find((path) => existsSync(path));
}

/** A clock that is so far from the right one, such as `-3d`; time that is measured is not, as in a machine whose clock was set. */
function clock(offset: string): Record<string, string> {
  return {LD_PRELOAD: LIBRARY ?? '', FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1'};
}

describe('a clock that is wrong', function () {
  this.timeout(60_000);

  before(function () {
    if (LIBRARY === undefined) this.skip();
  });

  async function putGarbage(root: string, text: string): Promise<void> {
    const workspace = await newWorkspace(root);
    await putText(workspace, text);
    await closeWorkspace(workspace);
  }

  it('days late, ends no lease of who works by it', async () => {
    const root = await makeCliWorkspace();
    const env = {...clock('-3d'), COSMOS_PAUSE_AT: 'put.linked'};
    const writer = startCosmos(['blob', 'put', 'text.txt'], {cwd: root, env});
    const ended = outcomeOf(writer);
    try {
      await waitForPause(writer, 'put.linked');
      const gc = await cosmosJson<CollectReport>(['gc', '--grace', '0'], {cwd: root});
      assert.deepEqual([gc.leasesEnded, gc.blobsInUse, gc.condemned], [0, 1, []]);
      writer.kill('SIGCONT');
      const {code, stderr} = await ended;
      assert.equal(code, 0, stderr);
    } finally {
      writer.kill('SIGKILL');
    }
    const after = await cosmosJson<CollectReport>(['gc', '--grace', '0'], {cwd: root});
    assert.deepEqual([after.blobsKept, after.condemned], [1, []]);
  });

  it('set back a month, lets gc take nothing young and nothing of the trash expire', async () => {
    const root = await makeCliWorkspace();
    await putGarbage(root, 'in the trash');
    const first = await cosmosJson<CollectReport>(['gc', '--grace', '0'], {cwd: root});
    assert.equal(first.condemned.length, 1);
    await putGarbage(root, 'young');
    const env = clock('-30d');
    for (const grace of [[], ['--grace', '0']]) {
      const gc = await cosmosJson<CollectReport>(['gc', ...grace], {cwd: root, env});
      assert.deepEqual([gc.blobsTooYoung, gc.condemned, gc.expiredBatches], [1, [], []]);
    }
    assert.equal((await cosmos(['gc', 'undo'], {cwd: root, env})).code, 0);
    assert.equal((await cosmosJson<unknown[]>(['blob', 'list'], {cwd: root})).length, 2);
  });

  it('set back two hours in the middle of a run, ends it with its steps in order', async () => {
    const root = await makeCliWorkspace();
    const words = ['run', 'request.json', '--model', 'slow', '--detach'];
    const {id} = await cosmosJson<RunDocument>(words, {cwd: root});
    const env = clock('-2h');
    const attached = await cosmos(['attach', id], {cwd: root, env});
    assert.equal(attached.code, 0, attached.stderr);
    const run = await cosmosJson<RunDocument>(['show', id], {cwd: root, env});
    assert.equal(run.status, 'completed');
    assert.deepEqual(
      run.events.map(({seq}) => seq),
      run.events.map((_, index) => index + 1),
    );
    for (const [index, {from}] of run.events.entries())
      if (index > 0) assert.equal(from, run.events[index - 1]?.to);
    const [first, last] = [run.events[0]?.at ?? '', run.events.at(-1)?.at ?? ''];
    assert.ok(last < first, 'the clock was set back in between');
    for (const ms of Object.values(run.execution.phaseMs ?? {}))
      assert.ok(ms >= 0, JSON.stringify(run.execution));
    // Around the turn of a month they are in two files, of which the later one begins.
    assert.deepEqual(
      (await transitionsOf(root)).sort(),
      run.events
        .slice(1)
        .map(({to}) => to)
        .sort(),
    );
    await assertSound(root);
  });
});

/** As the journal tells them. */
async function transitionsOf(root: string): Promise<unknown[]> {
  const folder = join(root, 'storage', 'journal');
  const texts = await Promise.all(
    readdirSync(folder)
      .sort()
      .map((name) => readFile(join(folder, name), 'utf8')),
  );
  const entries = texts.flatMap((text) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as JournalEntry),
  );
  return entries.filter(({action}) => action === 'transition').map(({to}) => to);
}
