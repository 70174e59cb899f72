/** gc against writers that are stopped at the dangerous instants, as real processes. */
import assert from 'node:assert/strict';
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {Descriptor} from '../../src/cas/descriptor.ts';
import {hashBytes, parseDigest, type Digest} from '../../src/cas/digest.ts';
import {listBatches} from '../../src/cas/trash/batches.ts';
import {readAll} from '../../src/cas/verified-read.ts';
import {isoTime, sleep} from '../../src/platform/clock.ts';
import {
  collectGarbage,
  deleteDocument,
  explainBlob,
  purgeTrash,
  undoTrash,
  type CollectReport,
} from '../../src/workspace/garbage.ts';
import {verify} from '../../src/workspace/verify/verify.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {makePin, makeRef, makeRun, runId} from '../support/documents.ts';
import {startProgram} from '../support/programs.ts';
import {
  closeWorkspace,
  closeWorkspaces,
  DAY_MS,
  newWorkspace,
  newWorkspaceFolder,
  NO_GRACE,
  putRef,
  putText,
} from '../support/workspace.ts';

after(closeWorkspaces);

async function textOf({store}: Workspace, digest: Digest, size: number): Promise<string> {
  return (await readAll(store.fetch({digest, size}))).toString();
}

describe('a writer stopped during gc', () => {
  for (const pauseAt of ['put.staged', 'put.announced', 'put.linked']) {
    for (const isGarbage of [false, true]) {
      it(`loses nothing at ${pauseAt}${isGarbage ? ', storing garbage again' : ''}`, async () => {
        const workspace = await newWorkspace();
        if (isGarbage) await putText(workspace, 'contended');
        const writer = startProgram('putRef', workspace.root, ['hero', 'contended'], pauseAt);
        try {
          await writer.paused();
          await collectGarbage(workspace, NO_GRACE);
          const digest = parseDigest(await writer.finish());
          assert.equal(await textOf(workspace, digest, 9), 'contended');
          await collectGarbage(workspace, NO_GRACE);
          assert.equal(await textOf(workspace, digest, 9), 'contended');
          assert.deepEqual((await explainBlob(workspace, digest)).namedBy, ['refs/hero']);
        } finally {
          await writer.kill();
        }
      });
    }
  }

  it('is not protected any more once dead', async () => {
    const workspace = await newWorkspace();
    const writer = startProgram('putRef', workspace.root, ['hero', 'of a dead writer'], 'put.linked');
    await writer.paused();
    const during = await collectGarbage(workspace, NO_GRACE);
    assert.deepEqual([during.blobsInUse, during.ingestsRemoved, during.leasesEnded], [1, 0, 0]);
    await writer.kill();
    const dry = await collectGarbage(workspace, {...NO_GRACE, isDryRun: true});
    const real = await collectGarbage(workspace, NO_GRACE);
    assert.equal(real.leasesEnded, 1);
    assert.deepEqual(dry.condemned, real.condemned);
    assert.deepEqual(
      real.condemned.map(({digest}) => digest),
      [hashBytes(Buffer.from('of a dead writer'))],
    );
  });

  it('leaves its ingest to a later gc', async () => {
    const workspace = await newWorkspace();
    const writer = startProgram('putRef', workspace.root, ['hero', 'staged only'], 'put.staged');
    await writer.paused();
    assert.equal((await collectGarbage(workspace, NO_GRACE)).ingestsRemoved, 0);
    await writer.kill();
    assert.equal((await collectGarbage(workspace, {...NO_GRACE, isDryRun: true})).ingestsRemoved, 1);
    assert.equal((await collectGarbage(workspace, NO_GRACE)).ingestsRemoved, 1);
  });
});

describe('a gc stopped between its steps', () => {
  for (const pauseAt of ['gc.marked', 'gc.condemned']) {
    it(`spares at ${pauseAt} what is stored again`, async () => {
      const workspace = await newWorkspace();
      await putText(workspace, 'rescued');
      await putText(workspace, 'left alone');
      const gc = startProgram('collect', workspace.root, [], pauseAt);
      try {
        await gc.paused();
        const blob = await putRef(workspace, 'hero', 'rescued');
        const report = JSON.parse(await gc.finish()) as CollectReport;
        assert.deepEqual(
          report.condemned.map(({digest}) => digest),
          [hashBytes(Buffer.from('left alone'))],
        );
        assert.equal(await textOf(workspace, blob.digest, blob.size), 'rescued');
      } finally {
        await gc.kill();
      }
    });
  }

  /** Inside of the transaction that moves, before and after the move; and between two of them. */
  for (const pauseAt of ['gc.judged', 'gc.moved', 'gc.committed']) {
    it(`loses nothing at ${pauseAt} of what is stored again`, async () => {
      const workspace = await newWorkspace();
      // More than are moved in one transaction.
      const texts = Array.from({length: 70}, (_, index) => `contended ${index}`);
      const put = (): Promise<Descriptor[]> =>
        workspace.leases.hold('test', (lease) =>
          workspace.store.pushAll(
            texts.map((text) => ({open: () => Buffer.from(text), mediaType: 'text/plain'})),
            lease,
          ),
        );
      await put();
      const gc = startProgram('collect', workspace.root, [], pauseAt);
      try {
        await gc.paused();
        const writing = workspace.leases.hold('test', async (lease) => {
          const blobs = await put();
          await workspace.documents.create('refs', makeRef('hero', blobs), {lease});
          return blobs;
        });
        const isDone = await Promise.race([writing.then(() => true), sleep(300).then(() => false)]);
        if (pauseAt !== 'gc.committed') assert.equal(isDone, false, 'a writer waits for the transaction');
        await gc.finish();
        const blobs = await writing;
        await collectGarbage(workspace, NO_GRACE);
        for (const [index, {digest, size}] of blobs.entries())
          assert.equal(await textOf(workspace, digest, size), texts[index]);
      } finally {
        await gc.kill();
      }
    });
  }

  it('spares what a killed writer had just named', async () => {
    const workspace = await newWorkspace();
    await putText(workspace, 'named at last');
    const gc = startProgram('collect', workspace.root, [], 'gc.marked');
    try {
      await gc.paused();
      const writer = startProgram('putRef', workspace.root, ['hero', 'named at last'], 'document.renamed');
      await writer.paused();
      await writer.kill();
      const report = JSON.parse(await gc.finish()) as CollectReport;
      assert.deepEqual(report.condemned, []);
    } finally {
      await gc.kill();
    }
    assert.deepEqual(await workspace.documents.listIds('refs'), ['hero']);
    assert.equal((await collectGarbage(workspace, NO_GRACE)).blobsKept, 1);
  });

  it('spares what was stored again meanwhile, for the time of the grace', async () => {
    const workspace = await newWorkspace();
    const {catalog, tables} = workspace.store.context;
    const blob = await putText(workspace, 'stored again, named by nobody');
    const old = isoTime(workspace.now() - DAY_MS);
    await catalog.transaction('a day passes', () => void tables.ages.put(blob.digest, old));
    const gc = startProgram('collect', workspace.root, [String(DAY_MS / 2)], 'gc.condemned');
    try {
      await gc.paused();
      await putText(workspace, 'stored again, named by nobody');
      const report = JSON.parse(await gc.finish()) as CollectReport;
      assert.deepEqual(report.condemned, []);
    } finally {
      await gc.kill();
    }
    assert.equal(await textOf(workspace, blob.digest, blob.size), 'stored again, named by nobody');
  });

  it('loses nothing when its batch is taken away before it moves', async () => {
    const workspace = await newWorkspace();
    const blob = await putText(workspace, 'garbage');
    const gc = startProgram('collect', workspace.root, [], 'gc.condemned');
    try {
      await gc.paused();
      await purgeTrash(workspace);
      const report = JSON.parse(await gc.finish()) as CollectReport;
      const [batch] = await listBatches(workspace.store.context);
      assert.deepEqual([batch?.id, batch?.reason], [report.batch, 'gc with grace 0 s']);
    } finally {
      await gc.kill();
    }
    await undoTrash(workspace);
    assert.equal(await textOf(workspace, blob.digest, blob.size), 'garbage');
  });

  it('leaves no batch when all is spared', async () => {
    const workspace = await newWorkspace();
    await putText(workspace, 'rescued');
    const gc = startProgram('collect', workspace.root, [], 'gc.condemned');
    await gc.paused();
    await putRef(workspace, 'hero', 'rescued');
    const report = JSON.parse(await gc.finish()) as CollectReport;
    assert.equal(report.batch, null);
    await assert.rejects(undoTrash(workspace), {code: 'id.unknown'});
  });

  it('loses nothing when killed while moving', async () => {
    const root = await newWorkspaceFolder();
    const before = await newWorkspace(root);
    const blob = await putText(before, 'moved, not recorded');
    await closeWorkspace(before);
    const gc = startProgram('collect', root, [], 'gc.moved');
    await gc.paused();
    await gc.kill();
    const workspace = await newWorkspace(root);
    assert.equal((await explainBlob(workspace, blob.digest)).state, 'in the trash');
    await workspace.leases.hold('test', (lease) => workspace.store.keep([blob], lease));
    assert.equal(await textOf(workspace, blob.digest, blob.size), 'moved, not recorded');
  });
});

describe('a deletion stopped in the middle', () => {
  /** Both with the run's file in the trash and its entry still in the catalog. */
  it('is no loss to verify and gc', async () => {
    const workspace = await newWorkspace();
    await workspace.documents.create('runs', makeRun(runId(1)));
    const deletion = startProgram('deleteRun', workspace.root, [runId(1)], 'document.trashed');
    try {
      await deletion.paused();
      const looks = Promise.all([
        verify(workspace, {isDeep: false, workers: 1, isStrict: false}),
        collectGarbage(workspace, NO_GRACE),
      ]);
      await Promise.race([looks, sleep(300)]);
      await deletion.finish();
      const [{damage}] = await looks;
      assert.deepEqual(damage, []);
    } finally {
      await deletion.kill();
    }
  });

  for (const [who, empty] of [
    ['undo', (workspace: Workspace) => undoTrash(workspace)],
    ['purge', purgeTrash],
    [
      'gc that keeps nothing in the trash',
      (workspace: Workspace) => collectGarbage(workspace, {...NO_GRACE, trashMs: 0}),
    ],
  ] as const) {
    it(`loses nothing when its batch is taken away by ${who}`, async () => {
      const workspace = await newWorkspace();
      await workspace.documents.create('runs', makeRun(runId(1)));
      const deletion = startProgram('deleteRun', workspace.root, [runId(1)], 'document.announced');
      try {
        await deletion.paused();
        await empty(workspace);
        assert.deepEqual(await listBatches(workspace.store.context), [], 'the empty batch is gone');
        const id = await deletion.finish();
        const [batch] = await listBatches(workspace.store.context);
        assert.deepEqual([batch?.id, batch?.reason], [id, `deleted runs/${runId(1)}`]);
      } finally {
        await deletion.kill();
      }
      await undoTrash(workspace);
      assert.equal(workspace.index.getRun(runId(1))?.id, runId(1));
    });
  }
});

describe('an undo stopped before its document is back', () => {
  it('keeps the blobs that it brought back', async () => {
    const workspace = await newWorkspace();
    const blob = await putText(workspace, 'an output');
    await workspace.documents.create(
      'runs',
      makeRun(runId(1), {outputs: [{...blob, name: 'o', role: 'extra'}]}),
    );
    const batch = await deleteDocument(workspace, 'runs', runId(1));
    await collectGarbage(workspace, NO_GRACE);
    const undo = startProgram('undo', workspace.root, [batch], 'document.announced');
    try {
      await undo.paused();
      assert.equal((await collectGarbage(workspace, NO_GRACE)).blobsInUse, 1);
      await undo.finish();
    } finally {
      await undo.kill();
    }
    assert.equal(await textOf(workspace, blob.digest, blob.size), 'an output');
    assert.equal(workspace.index.getRun(runId(1))?.outputs, 1);
  });
});

describe('a catalog deleted under a writer', () => {
  it('costs nothing that was acknowledged', async () => {
    const root = await newWorkspaceFolder();
    const first = await newWorkspace(root);
    const pinned = await putText(first, 'pinned');
    await first.documents.create('pins', makePin('keep', [pinned]));
    const output = await putText(first, 'output of a trashed run');
    await first.documents.create(
      'runs',
      makeRun(runId(1), {outputs: [{...output, name: 'o', role: 'extra'}]}),
    );
    await deleteDocument(first, 'runs', runId(1));
    const writer = startProgram('putRef', root, ['late', 'announced in the old catalog'], 'put.announced');
    await writer.paused();
    const fresh = await putRef(first, 'fresh', 'a fresh blob put');
    await closeWorkspace(first);
    await rm(join(root, 'storage', 'catalog'), {recursive: true});

    const workspace = await newWorkspace(root);
    assert.equal(workspace.rebuilt?.blobs, 3);
    await collectGarbage(workspace, NO_GRACE);
    await assert.rejects(writer.finish(), /catalog was rebuilt by another process/);
    await collectGarbage(workspace, NO_GRACE);
    assert.equal(await textOf(workspace, pinned.digest, pinned.size), 'pinned');
    assert.equal(await textOf(workspace, fresh.digest, fresh.size), 'a fresh blob put');
    const batches = await undoAll(workspace);
    assert.ok(batches > 0);
    assert.equal(await textOf(workspace, output.digest, output.size), 'output of a trashed run');
    assert.equal(workspace.index.getRun(runId(1))?.id, runId(1));
    assert.equal(
      await startProgram('putRef', root, ['late', 'announced in the old catalog']).finish(),
      hashBytes(Buffer.from('announced in the old catalog')),
    );
  });
});

/** @returns how many batches were brought back */
async function undoAll(workspace: Workspace): Promise<number> {
  for (let count = 0; ; count += 1) {
    const isDone = await undoTrash(workspace).then(
      () => false,
      () => true,
    );
    if (isDone) return count;
  }
}
