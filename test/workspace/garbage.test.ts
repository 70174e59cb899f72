import assert from 'node:assert/strict';
import {copyFile, mkdir, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {leavesPath} from '../../src/cas/local/paths.ts';
import {listBatches} from '../../src/cas/trash/batches.ts';
import {
  collectGarbage,
  deleteDocument,
  explainBlob,
  purgeTrash,
  undoTrash,
} from '../../src/workspace/garbage.ts';
import {verify} from '../../src/workspace/verify/verify.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {flipOneBit, readText, removeBlob} from '../support/blobs.ts';
import {makePin, makeRun, runId} from '../support/documents.ts';
import {
  closeWorkspaces,
  DAY_MS,
  makeClock,
  newWorkspace,
  NO_GRACE,
  putRef,
  putText,
} from '../support/workspace.ts';

after(closeWorkspaces);

const DAILY = {graceMs: DAY_MS, trashMs: 7 * DAY_MS, isDryRun: false};

async function isPresent(
  {store}: Workspace,
  digest: Parameters<Workspace['store']['find']>[0],
): Promise<boolean> {
  return (await store.find(digest)) !== undefined;
}

describe('collectGarbage', () => {
  it('moves to the trash what nobody names', async () => {
    const clock = makeClock();
    const workspace = await newWorkspace(undefined, {now: clock.now});
    const old = await putText(workspace, 'old and unnamed');
    const named = await putRef(workspace, 'hero', 'old and named');
    clock.advance(DAY_MS + 1000);
    const young = await putText(workspace, 'young and unnamed');
    const report = await collectGarbage(workspace, DAILY);
    assert.deepEqual(report.condemned, [{digest: old.digest, size: old.size}]);
    assert.equal(report.condemnedBytes, old.size);
    assert.equal(report.blobsKept, 1);
    assert.equal(report.blobsTooYoung, 1);
    assert.ok(!(await isPresent(workspace, old.digest)));
    const {tables} = workspace.store.context;
    assert.deepEqual([tables.sizes.get(old.digest), tables.ages.get(old.digest)], [undefined, undefined]);
    assert.ok(await isPresent(workspace, named.digest));
    assert.ok(await isPresent(workspace, young.digest));
    assert.deepEqual(
      (await listBatches(workspace.store.context)).map(({id}) => id),
      [report.batch],
    );
  });

  it('counts unknown ages from the first sighting', async () => {
    const clock = makeClock();
    const workspace = await newWorkspace(undefined, {now: clock.now});
    const blob = await putText(workspace, 'of a writer that crashed');
    const {catalog, tables} = workspace.store.context;
    await catalog.transaction('test', () => void tables.ages.remove(blob.digest));
    assert.equal((await collectGarbage(workspace, DAILY)).blobsTooYoung, 1);
    clock.advance(DAY_MS - 1000);
    assert.equal((await collectGarbage(workspace, DAILY)).blobsTooYoung, 1);
    clock.advance(2000);
    assert.equal((await collectGarbage(workspace, DAILY)).condemned.length, 1);
  });

  it('spares no age without grace', async () => {
    const workspace = await newWorkspace(undefined, {now: () => 0});
    await putText(workspace, 'of this very millisecond');
    assert.equal((await collectGarbage(workspace, NO_GRACE)).condemned.length, 1);
  });

  it('keeps what a living lease announced', async () => {
    const workspace = await newWorkspace();
    const lease = await workspace.leases.acquire('test');
    const blob = await workspace.store.push(Buffer.from('announced'), {mediaType: 'text/plain', lease});
    const report = await collectGarbage(workspace, NO_GRACE);
    assert.equal(report.blobsInUse, 1);
    assert.equal(report.batch, null);
    await lease.release();
    assert.equal((await collectGarbage(workspace, NO_GRACE)).condemned[0]?.digest, blob.digest);
  });

  it('keeps what pins and unknown fields name', async () => {
    const workspace = await newWorkspace();
    const [pinned, unknown] = [
      await putText(workspace, 'pinned'),
      await putText(workspace, 'of a later cosmos'),
    ];
    await workspace.documents.create('pins', makePin('keep', [pinned]));
    await workspace.documents.create('runs', {...makeRun(runId(1)), future: {deep: [unknown]}} as ReturnType<
      typeof makeRun
    >);
    assert.equal((await collectGarbage(workspace, NO_GRACE)).blobsKept, 2);
  });

  it('lets go of what was released', async () => {
    const workspace = await newWorkspace();
    const blob = await putText(workspace, 'a released output');
    const output = {...blob, name: 'output.mp4', role: 'extra'};
    await workspace.documents.create('runs', makeRun(runId(1), {outputs: [output]}));
    assert.equal((await collectGarbage(workspace, NO_GRACE)).condemned.length, 0);
    await workspace.documents.replace('runs', runId(1), (run) => ({
      ...run,
      outputs: [],
      released: [{descriptor: output, at: run.createdAt, reason: 'retention'}],
    }));
    assert.equal((await collectGarbage(workspace, NO_GRACE)).condemned.length, 1);
  });

  it('refuses while a document is corrupt', async () => {
    const workspace = await newWorkspace();
    const blob = await putText(workspace, 'perhaps named there');
    await writeFile(workspace.documents.pathOf('runs', runId(1)), '');
    await assert.rejects(collectGarbage(workspace, NO_GRACE), {
      code: 'document.invalid',
      message: new RegExp(runId(1)),
    });
    await assert.rejects(collectGarbage(workspace, {...NO_GRACE, isDryRun: true}), {
      code: 'document.invalid',
    });
    assert.ok(await isPresent(workspace, blob.digest));
  });

  it('refuses a document that is no more what the catalog knows', async () => {
    const workspace = await newWorkspace();
    const blob = await putRef(workspace, 'hero', 'named no more');
    await writeFile(workspace.documents.pathOf('refs', 'hero'), '{"schema": "cosmos/ref/v1"}');
    await assert.rejects(collectGarbage(workspace, NO_GRACE), {code: 'document.invalid', message: /hero/});
    assert.ok(await isPresent(workspace, blob.digest));
  });

  it('reads references from files, not the index', async () => {
    const workspace = await newWorkspace();
    const blob = await putRef(workspace, 'hero', 'named by a file');
    await workspace.store.context.catalog.transaction('test', () => workspace.index.remove('refs', 'hero'));
    assert.equal((await collectGarbage(workspace, NO_GRACE)).blobsKept, 1);
    assert.ok(await isPresent(workspace, blob.digest));
  });

  it('does in earnest what dry-run said', async () => {
    const clock = makeClock();
    const workspace = await newWorkspace(undefined, {now: clock.now});
    await putText(workspace, 'first garbage');
    await collectGarbage(workspace, NO_GRACE);
    clock.advance(8 * DAY_MS);
    for (const text of ['one', 'two', 'three']) await putText(workspace, text);
    const kept = await putRef(workspace, 'hero', 'kept');
    const {catalog, paths, tables} = workspace.store.context;
    const {ingest, trash} = paths;
    await catalog.transaction('its age is lost', () => void tables.ages.remove(kept.digest));
    await writeFile(join(ingest, '1-left.part'), 'a leftover');
    await writeFile(join(workspace.documents.folder, 'runs', '1-left.part'), 'a leftover');
    const before = [await readdir(trash), await readdir(ingest), workspace.index.dump()];
    const dry = await collectGarbage(workspace, {...NO_GRACE, isDryRun: true});
    assert.deepEqual([await readdir(trash), await readdir(ingest), workspace.index.dump()], before);
    const real = await collectGarbage(workspace, NO_GRACE);
    assert.deepEqual({...dry, isDryRun: false, batch: real.batch, phases: real.phases}, real);
    assert.equal(real.condemned.length, 3);
    assert.equal(real.blobsKept, 1);
    assert.equal(real.expiredBatches.length, 1);
    assert.equal(real.freedBytes, 'first garbage'.length);
    assert.equal(real.ingestsRemoved, 1);
    assert.equal(real.draftsRemoved, 1);
  });

  it('keeps the leaves of a missing blob as long as a document names it', async () => {
    const workspace = await newWorkspace();
    const {paths} = workspace.store.context;
    const blob = await putRef(workspace, 'hero', 'its leaves help to bring it back');
    const leaves = leavesPath(paths, blob.digest);
    await mkdir(dirname(leaves), {recursive: true});
    await writeFile(leaves, 'leaves');
    await removeBlob(workspace, blob);
    await collectGarbage(workspace, NO_GRACE);
    assert.equal(await readFile(leaves, 'utf8'), 'leaves');
    await deleteDocument(workspace, 'refs', 'hero');
    await collectGarbage(workspace, NO_GRACE);
    await assert.rejects(readFile(leaves), {code: 'ENOENT'});
  });

  it('leaves ingests alone while a lease lives', async () => {
    const workspace = await newWorkspace();
    const {ingest} = workspace.store.context.paths;
    await writeFile(join(ingest, '1-busy.part'), 'being written');
    const lease = await workspace.leases.acquire('test');
    assert.equal((await collectGarbage(workspace, NO_GRACE)).ingestsRemoved, 0);
    assert.equal((await collectGarbage(workspace, {...NO_GRACE, isDryRun: true})).ingestsRemoved, 0);
    await lease.release();
    assert.equal((await collectGarbage(workspace, NO_GRACE)).ingestsRemoved, 1);
    assert.deepEqual(await readdir(ingest), []);
  });

  it('empties the trash after its days', async () => {
    const clock = makeClock();
    const workspace = await newWorkspace(undefined, {now: clock.now});
    const blob = await putText(workspace, 'to expire');
    await collectGarbage(workspace, NO_GRACE);
    clock.advance(7 * DAY_MS - 1000);
    assert.deepEqual((await collectGarbage(workspace, NO_GRACE)).expiredBatches, []);
    clock.advance(2000);
    const report = await collectGarbage(workspace, NO_GRACE);
    assert.equal(report.expiredBatches.length, 1);
    assert.equal(report.freedBytes, blob.size);
    assert.deepEqual(await readdir(workspace.store.context.paths.trash), []);
    assert.equal((await explainBlob(workspace, blob.digest)).state, 'absent');
  });

  it('brings back what a document names again before it empties the trash', async () => {
    const clock = makeClock();
    const workspace = await newWorkspace(undefined, {now: clock.now});
    const blob = await putRef(workspace, 'kept', 'deleted, and brought back by hand');
    const file = workspace.documents.pathOf('refs', 'kept');
    const bytes = await readFile(file);
    await deleteDocument(workspace, 'refs', 'kept');
    await collectGarbage(workspace, NO_GRACE);
    await writeFile(file, bytes);
    await workspace.documents.indexFile('refs', 'kept');
    clock.advance(8 * DAY_MS);
    const report = await collectGarbage(workspace, NO_GRACE);
    assert.deepEqual([report.expiredBatches.length, report.blobsBroughtBack], [2, 1]);
    assert.equal(await readText(workspace, blob), 'deleted, and brought back by hand');
  });

  it('refuses a document that is a link to nowhere', async () => {
    const workspace = await newWorkspace();
    const blob = await putRef(workspace, 'linked', 'named by it');
    const file = workspace.documents.pathOf('refs', 'linked');
    await rm(file);
    await symlink(join(workspace.root, 'nowhere'), file);
    await assert.rejects(collectGarbage(workspace, NO_GRACE), {code: 'document.invalid'});
    assert.equal(await readText(workspace, blob), 'named by it');
  });

  it('and verify refuse a document under a name that is not its own, for the same reason', async () => {
    const workspace = await newWorkspace();
    await putRef(workspace, 'kept', 'named by it');
    await copyFile(workspace.documents.pathOf('refs', 'kept'), workspace.documents.pathOf('refs', 'copy'));
    await assert.rejects(collectGarbage(workspace, NO_GRACE), {code: 'document.invalid'});
    const {damage} = await verify(workspace, {isDeep: false, workers: 1, isStrict: false});
    assert.deepEqual(
      damage.map(({code, documents}) => [code, documents]),
      [['document.invalid', ['refs/copy']]],
    );
  });

  it('never expires its own batch', async () => {
    const workspace = await newWorkspace();
    await putText(workspace, 'fresh in the trash');
    const report = await collectGarbage(workspace, {...NO_GRACE, trashMs: 0});
    assert.equal((await listBatches(workspace.store.context))[0]?.id, report.batch);
  });
});

describe('undoTrash', () => {
  it('brings blobs back from the trash', async () => {
    const workspace = await newWorkspace();
    const blob = await putText(workspace, 'a mistake');
    const {batch} = await collectGarbage(workspace, NO_GRACE);
    const report = await undoTrash(workspace);
    assert.equal(report.batch, batch);
    assert.deepEqual([report.blobs, report.bytes], [1, blob.size]);
    assert.equal(await readText(workspace, blob), 'a mistake');
    assert.deepEqual(await listBatches(workspace.store.context), []);
    assert.deepEqual(workspace.leases.list(), []);
    const {storedAt} = await explainBlob(workspace, blob.digest);
    assert.notEqual(storedAt, null, 'its grace begins anew');
    assert.equal((await collectGarbage(workspace, DAILY)).blobsTooYoung, 1);
  });

  it('brings back a document and its blobs', async () => {
    const workspace = await newWorkspace();
    const blob = await putText(workspace, 'an output');
    await workspace.documents.create(
      'runs',
      makeRun(runId(1), {outputs: [{...blob, name: 'o', role: 'extra'}]}),
    );
    const batch = await deleteDocument(workspace, 'runs', runId(1));
    assert.deepEqual(workspace.index.listIds('runs'), []);
    await collectGarbage(workspace, NO_GRACE);
    assert.ok(!(await isPresent(workspace, blob.digest)));
    const report = await undoTrash(workspace, batch);
    assert.deepEqual(report.documents, [`runs/${runId(1)}.json`]);
    assert.deepEqual(report.missing, []);
    assert.equal(await readText(workspace, blob), 'an output');
    assert.equal((await workspace.documents.read('runs', runId(1))).outputs.length, 1);
    assert.equal(workspace.index.getRun(runId(1))?.outputs, 1);
  });

  it('names blobs that are nowhere any more', async () => {
    const workspace = await newWorkspace();
    const blob = await putText(workspace, 'lost meanwhile');
    await workspace.documents.create(
      'runs',
      makeRun(runId(1), {outputs: [{...blob, name: 'o', role: 'extra'}]}),
    );
    await deleteDocument(workspace, 'runs', runId(1));
    await removeBlob(workspace, blob);
    assert.deepEqual((await undoTrash(workspace)).missing, [blob.digest]);
    assert.equal(workspace.index.getRun(runId(1))?.id, runId(1));
  });

  it('leaves documents that are there again', async () => {
    const workspace = await newWorkspace();
    await workspace.documents.create('runs', makeRun(runId(1), {rating: 1}));
    const batch = await deleteDocument(workspace, 'runs', runId(1));
    await workspace.documents.create('runs', makeRun(runId(1), {rating: 2}));
    assert.deepEqual((await undoTrash(workspace, batch)).inTheWay, [`runs/${runId(1)}.json`]);
    assert.equal((await workspace.documents.read('runs', runId(1))).rating, 2);
    assert.equal(
      (await listBatches(workspace.store.context)).length,
      1,
      'what was in the way is still in the trash',
    );
  });

  it('counts only what it brought back', async () => {
    const workspace = await newWorkspace();
    await putText(workspace, 'stored again');
    await collectGarbage(workspace, NO_GRACE);
    await putText(workspace, 'stored again');
    const report = await undoTrash(workspace);
    assert.deepEqual([report.blobs, report.bytes], [0, 0]);
  });

  it('says when there is nothing to undo', async () => {
    const workspace = await newWorkspace();
    await assert.rejects(undoTrash(workspace), {code: 'id.unknown'});
    await assert.rejects(undoTrash(workspace, '20260101T000000000Z-abcdef'), {code: 'id.unknown'});
  });
});

describe('LocalStore.keep', () => {
  it('takes blobs back out of the trash', async () => {
    const workspace = await newWorkspace();
    const blob = await putText(workspace, 'wanted again');
    await collectGarbage(workspace, NO_GRACE);
    await workspace.leases.hold('test', async (lease) => {
      await workspace.store.keep([blob], lease);
      assert.equal((await collectGarbage(workspace, NO_GRACE)).blobsInUse, 1);
    });
    assert.equal(await readText(workspace, blob), 'wanted again');
  });
});

describe('purgeTrash', () => {
  it('unlinks all that is in the trash', async () => {
    const workspace = await newWorkspace();
    const blob = await putText(workspace, 'purged');
    await collectGarbage(workspace, NO_GRACE);
    assert.deepEqual(await purgeTrash(workspace), {batches: 1, freedBytes: blob.size});
    assert.deepEqual(await readdir(workspace.store.context.paths.trash), []);
    assert.deepEqual(await purgeTrash(workspace), {batches: 0, freedBytes: 0});
  });
});

describe('deleteDocument', () => {
  it('says that there is no such document', async () => {
    const workspace = await newWorkspace();
    await assert.rejects(deleteDocument(workspace, 'runs', runId(1)), {code: 'document.missing'});
  });

  it('refuses a run that is being driven', async () => {
    const workspace = await newWorkspace();
    await workspace.documents.create('runs', makeRun(runId(1)));
    const lease = await workspace.leases.acquire('driving', runId(1));
    await assert.rejects(deleteDocument(workspace, 'runs', runId(1)), {code: 'lease.held'});
    await lease.release();
    await deleteDocument(workspace, 'runs', runId(1));
    assert.deepEqual(await workspace.documents.listIds('runs'), []);
  });

  it('lets a corrupt document go', async () => {
    const workspace = await newWorkspace();
    await writeFile(workspace.documents.pathOf('runs', runId(1)), '{');
    await deleteDocument(workspace, 'runs', runId(1));
    await collectGarbage(workspace, NO_GRACE);
  });
});

describe('explainBlob', () => {
  it('tells who names a present blob', async () => {
    const workspace = await newWorkspace();
    const blob = await putRef(workspace, 'hero', 'explained');
    const {history, ...facts} = await explainBlob(workspace, blob.digest);
    assert.equal(facts.state, 'present');
    assert.deepEqual(facts.namedBy, ['refs/hero']);
    assert.equal(facts.sizeBytes, blob.size);
    assert.equal(facts.trashBatch, null);
    assert.equal(facts.isAnnounced, false);
    assert.deepEqual(
      history.map(({action, actor}) => [action, actor]),
      [['put', 'test']],
    );
  });

  it('tells the whole story of a deletion', async () => {
    const workspace = await newWorkspace();
    const blob = await putText(workspace, 'condemned');
    const {batch} = await collectGarbage(workspace, NO_GRACE);
    const trashed = await explainBlob(workspace, blob.digest);
    assert.deepEqual([trashed.state, trashed.trashBatch, trashed.namedBy], ['in the trash', batch, []]);
    await undoTrash(workspace);
    await collectGarbage(workspace, NO_GRACE);
    await purgeTrash(workspace);
    const {state, history} = await explainBlob(workspace, blob.digest);
    assert.equal(state, 'absent');
    assert.deepEqual(
      history.map(({action}) => action),
      ['put', 'condemn', 'restore', 'condemn', 'expire'],
    );
    assert.match(String(history[1]?.reason), /no document and no lease/);
  });

  it('tells that bytes were set aside', async () => {
    const workspace = await newWorkspace();
    const blob = await putText(workspace, 'damaged');
    await flipOneBit(workspace, blob);
    await verify(workspace, {isDeep: true, workers: 1, isStrict: false});
    const {history, proof} = await explainBlob(workspace, blob.digest);
    assert.ok(history.some(({action}) => action === 'quarantine'));
    assert.equal(proof?.result, 'bad');
    await putText(workspace, 'damaged');
    assert.equal((await explainBlob(workspace, blob.digest)).proof, null);
  });

  it('knows nothing of foreign digests', async () => {
    const workspace = await newWorkspace();
    const blob = await putText(await newWorkspace(), 'elsewhere');
    const {state, history} = await explainBlob(workspace, blob.digest);
    assert.deepEqual([state, history], ['absent', []]);
  });
});

describe('a lost catalog', () => {
  it('takes no ledger of trash with it', async () => {
    const workspace = await newWorkspace();
    const blob = await putText(workspace, 'in the trash');
    await collectGarbage(workspace, NO_GRACE);
    await workspace.close();
    await rm(join(workspace.root, 'storage', 'catalog'), {recursive: true});
    const again = await newWorkspace(workspace.root);
    assert.equal((await explainBlob(again, blob.digest)).state, 'in the trash');
    assert.equal((await undoTrash(again)).blobs, 1);
  });
});
