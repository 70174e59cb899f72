import assert from 'node:assert/strict';
import {readdir, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunFile} from '../../src/manifest/types.gen.ts';
import {renderUsage} from '../../src/views/usage.ts';
import {carryOut, findDeletable, planDeletion} from '../../src/workspace/deletion.ts';
import {collectGarbage} from '../../src/workspace/garbage.ts';
import {measureUsage, USAGE_GROUPS, type UsageRow} from '../../src/workspace/usage.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {removeBlob} from '../support/blobs.ts';
import {makeRun, runId} from '../support/documents.ts';
import {closeWorkspaces, DAY_MS, newWorkspace, NO_GRACE, putRef, putText} from '../support/workspace.ts';
import {PLAIN} from '../views/samples.ts';

after(closeWorkspaces);

const NOW = Date.parse('2026-11-26T12:00:00.000Z');

describe('measureUsage', () => {
  let workspace: Workspace;

  /** A ref of 5 bytes; two runs of it with 10 bytes in common and 3 and 4 of their own; 7 bytes that nothing names. */
  beforeEach(async () => {
    workspace = await newWorkspace(undefined, {now: () => NOW});
    const city = await putRef(workspace, 'city', 'x'.repeat(5));
    const file = async (bytes: number, letter: string): Promise<RunFile> => ({
      ...(await putText(workspace, letter.repeat(bytes))),
      name: `${letter}.txt`,
      role: 'extra',
    });
    const common = await file(10, 'c');
    const scene = {name: 'city'};
    const inputs: RunFile[] = [{...city, name: 'x.txt', role: 'extra'}];
    const age = (days: number): string => new Date(NOW - days * DAY_MS).toISOString();
    const {documents} = workspace;
    await documents.create(
      'runs',
      makeRun(runId(1), {
        ...{status: 'completed', kind: 'custom', scene, inputs, createdAt: age(1)},
        outputs: [common, await file(3, 'a')],
      }),
    );
    await documents.create(
      'runs',
      makeRun(runId(2), {
        ...{status: 'failed', kind: 'transfer', createdAt: age(100)},
        outputs: [common, await file(4, 'b')],
      }),
    );
    await putText(workspace, 'u'.repeat(7));
  });

  const rowsBy = async (by: (typeof USAGE_GROUPS)[number]): Promise<(string | number | null)[][]> =>
    (await measureUsage(workspace, by)).rows.map(({name, runs, bytes, ownBytes}: UsageRow) => [
      name,
      runs,
      bytes,
      ownBytes,
    ]);

  it('gives each its own, and what it shares with others', async () => {
    assert.deepEqual(await rowsBy('scene'), [
      ['city', 1, 18, 8],
      [null, 1, 14, 4],
    ]);
    assert.deepEqual(await rowsBy('kind'), [
      ['custom', 1, 18, 3],
      ['transfer', 1, 14, 4],
      ['refs', 0, 5, 0],
    ]);
    assert.deepEqual(await rowsBy('age'), [
      ['up to 7 days', 1, 18, 3],
      ['older', 1, 14, 4],
      ['refs', 0, 5, 0],
    ]);
    assert.deepEqual(
      (await rowsBy('run')).map(([name]) => name),
      [runId(1), runId(2), 'refs'],
    );
  });

  it('adds up to what lies in the store', async () => {
    const {blobs} = workspace.store.context.paths;
    for (const by of USAGE_GROUPS) {
      const usage = await measureUsage(workspace, by);
      const own = usage.rows.reduce((sum, {ownBytes}) => sum + ownBytes, 0);
      assert.equal(own + usage.sharedBytes + usage.unnamedBytes, usage.blobBytes, by);
      assert.equal(usage.unnamedBytes, 7);
      assert.equal(usage.blobs, 5);
      assert.equal(usage.blobBytes, await bytesOf(blobs));
    }
  });

  it('promises what deleting frees, and no more', async () => {
    const [, own] = (await measureUsage(workspace, 'run')).rows.map(({ownBytes}) => ownBytes);
    await carryOut(workspace, await planDeletion(workspace, [findDeletable(workspace, runId(2))]));
    const {condemnedBytes} = await collectGarbage(workspace, NO_GRACE);
    assert.equal(condemnedBytes, (own ?? 0) + 7);
    const after = await measureUsage(workspace, 'scene');
    assert.equal(after.unnamedBytes, 0);
    assert.equal(after.trashBytes, await bytesOf(workspace.store.context.paths.trash));
    assert.ok(after.trashBytes > condemnedBytes, 'the document went there too');
  });

  it('leaves out what is named and not there', async () => {
    const run = await workspace.documents.read('runs', runId(2));
    const lost = run.outputs[1];
    assert.ok(lost);
    await removeBlob(workspace, lost);
    const {catalog, tables} = workspace.store.context;
    await catalog.transaction('test', () => void tables.sizes.remove(lost.digest));
    assert.deepEqual((await rowsBy('scene'))[1], [null, 1, 10, 0]);
  });

  it('counts what is under way apart', async () => {
    await writeFile(join(workspace.store.context.paths.ingest, 'half'), 'half');
    const {paths} = workspace.store.context;
    await writeFile(join(paths.quarantine, 'bad'), 'damage');
    const {ingestBytes, quarantineBytes} = await measureUsage(workspace, 'scene');
    assert.deepEqual([ingestBytes, quarantineBytes], [4, 6]);
  });

  it('is said in a few lines', async () => {
    const text = renderUsage(await measureUsage(workspace, 'scene'), {width: 80, paint: PLAIN}).join('\n');
    assert.match(
      text,
      /^SCENE +RUNS +NAMED +ITS OWN\ncity +1 +18 bytes +8 bytes\nnone +1 +14 bytes +4 bytes\n\n/,
    );
    assert.match(
      text,
      /\n5 blobs, 29 bytes\n10 bytes of it is named by several of these\n7 bytes of it is named by nothing: /,
    );
    const empty = await measureUsage(await newWorkspace(), 'run');
    assert.deepEqual(renderUsage(empty, {width: 80, paint: PLAIN}), ['0 blobs, 0 bytes']);
  });
});

async function bytesOf(folder: string): Promise<number> {
  const files = await readdir(folder, {recursive: true, withFileTypes: true});
  const sizes = await Promise.all(
    files.filter((file) => file.isFile()).map(({parentPath, name}) => stat(join(parentPath, name))),
  );
  return sizes.reduce((sum, {size}) => sum + size, 0);
}
