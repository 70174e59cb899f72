import assert from 'node:assert/strict';
import {readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Descriptor} from '../../src/cas/descriptor.ts';
import {CosmosError} from '../../src/errors.ts';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {fileSource} from '../../src/platform/chunks.ts';
import {collectGarbage, deleteDocument, undoTrash} from '../../src/workspace/garbage.ts';
import {
  ensureThumbnails,
  queueThumbnails,
  tryThumbnails,
  writeThumbnails,
} from '../../src/workspace/thumbnails.ts';
import {isVideo} from '../../src/runner/media-types.ts';
import {verify} from '../../src/workspace/verify/verify.ts';
import {whichRuns} from '../../src/workspace/which.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {makeScene, writeClip} from '../media/clips.ts';
import {cosmos, outcomeOf, startCosmos, waitForPause} from '../support/cli.ts';
import {pathOfBlob, removeBlob} from '../support/blobs.ts';
import {makeRef, makeRun, runId} from '../support/documents.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {
  closeWorkspace,
  closeWorkspaces,
  newWorkspace,
  newWorkspaceFolder,
  NO_GRACE,
  putText,
} from '../support/workspace.ts';

after(closeWorkspaces);

describe('thumbnails', function () {
  this.timeout(60_000);
  let workspace: Workspace;
  let clip = '';
  let video: Descriptor;

  before(async () => {
    clip = join(await temporaryFolder('clip'), 'color.mp4');
    await writeClip(clip);
  });

  beforeEach(async () => {
    workspace = await newWorkspace();
    video = await workspace.store.push(fileSource(clip), {mediaType: 'video/mp4'});
  });

  /** A run that has the clip as its input, and whatever outputs. */
  const add = async (number: number, outputs: RunDocument['outputs'] = []): Promise<string> => {
    const run = makeRun(runId(number), {
      status: 'completed',
      inputs: [{...video, name: 'color.mp4', role: 'color'}],
      outputs,
    });
    await workspace.documents.create('runs', run);
    return run.id;
  };

  const picturesOf = async (id: string) => (await workspace.documents.read('runs', id)).thumbnails ?? {};
  const isThere = async ({digest}: Descriptor): Promise<boolean> =>
    (await workspace.store.find(digest)) !== undefined;

  it('are made once for each video, as blobs', async () => {
    const same = {...video, name: 'output.mp4', role: 'output'};
    const text = {...(await putText(workspace, 'log')), name: 'output.txt', role: 'text'};
    const id = await add(1, [same, text]);
    const before = await workspace.documents.read('runs', id);
    assert.deepEqual(await ensureThumbnails(workspace, 'runs', id), []);
    const {thumbnails = {}, ...rest} = await workspace.documents.read('runs', id);
    assert.deepEqual(rest, before);
    assert.deepEqual(Object.keys(thumbnails), [video.digest]);
    const {poster, strip} = thumbnails[video.digest] ?? assert.fail();
    for (const {role, mediaType} of [poster, strip])
      assert.deepEqual([role, mediaType], ['thumbnail', 'image/webp']);
    assert.equal((await readFile(pathOfBlob(workspace, poster))).toString('latin1', 8, 15), 'WEBPVP8');
    const bytes = await workspace.documents.readBytes('runs', id);
    assert.deepEqual(await ensureThumbnails(workspace, 'runs', id), []);
    assert.deepEqual(await workspace.documents.readBytes('runs', id), bytes);
    const file = join(await temporaryFolder('which'), 'strip');
    await writeFile(file, await readFile(pathOfBlob(workspace, strip)));
    assert.deepEqual((await whichRuns(workspace, file, '/')).mentions, [
      {kind: 'runs', id, how: 'names', name: 'strip'},
    ]);
  });

  it('are taken from whoever has them', async () => {
    const picture = await putText(workspace, 'known by its strange look');
    const known = {...picture, mediaType: 'image/webp', role: 'thumbnail' as const};
    const pictures = {[video.digest]: {poster: known, strip: known}};
    await workspace.documents.create('refs', {
      ...makeRef('shot', [{...video, mediaType: 'video/mp4'}]),
      thumbnails: pictures,
    });
    await ensureThumbnails(workspace, 'runs', await add(1));
    assert.deepEqual(await picturesOf(runId(1)), pictures);
    await removeBlob(workspace, picture);
    await ensureThumbnails(workspace, 'runs', await add(2));
    const {poster} = (await picturesOf(runId(2)))[video.digest] ?? assert.fail();
    assert.notEqual(poster.digest, picture.digest);
    assert.ok(await isThere(poster));
  });

  it('are kept as long as a document of the video', async () => {
    await ensureThumbnails(workspace, 'runs', await add(1));
    await ensureThumbnails(workspace, 'runs', await add(2));
    const {poster, strip} = (await picturesOf(runId(1)))[video.digest] ?? assert.fail();
    assert.deepEqual((await picturesOf(runId(2)))[video.digest], {poster, strip});
    await collectGarbage(workspace, NO_GRACE);
    await deleteDocument(workspace, 'runs', runId(1));
    await collectGarbage(workspace, NO_GRACE);
    assert.ok((await isThere(poster)) && (await isThere(strip)));
    await deleteDocument(workspace, 'runs', runId(2));
    const {condemned} = await collectGarbage(workspace, NO_GRACE);
    assert.deepEqual(
      condemned.map(({digest}) => digest).toSorted(),
      [video, poster, strip].map(({digest}) => digest).toSorted(),
    );
    await undoTrash(workspace);
    assert.ok((await isThere(poster)) && (await isThere(strip)));
  });

  it('leave alone what cannot be read', async () => {
    const broken = await workspace.store.push(Buffer.from('no video'), {mediaType: 'video/mp4'});
    const id = await add(1, [{...broken, name: 'output.mp4', role: 'output', isPartial: true}]);
    await removeBlob(workspace, video);
    const before = await workspace.documents.readBytes('runs', id);
    assert.deepEqual(await ensureThumbnails(workspace, 'runs', id), []);
    assert.deepEqual(await workspace.documents.readBytes('runs', id), before);
  });

  it('are a note when the store is full', async () => {
    const full = new CosmosError('store.full', 'no space is left');
    const store = Object.assign(Object.create(workspace.store) as typeof workspace.store, {
      pushAll: () => Promise.reject(full),
    });
    const id = await add(1);
    const before = await workspace.documents.readBytes('runs', id);
    assert.deepEqual(await tryThumbnails({...workspace, store}, 'runs', id), [
      'no thumbnails of rs_00000000: no space is left',
    ]);
    assert.deepEqual(await workspace.documents.readBytes('runs', id), before);
    assert.deepEqual(workspace.leases.listLiving(), []);
  });

  it('are waited for when the workspace closes', async () => {
    const notes: string[] = [];
    const waits: string[] = [];
    const queue = queueThumbnails(
      workspace,
      (note) => notes.push(note),
      (message) => waits.push(message),
    );
    const run = await workspace.documents.read('runs', await add(1));
    queue(run);
    queue({...run, id: runId(7)});
    queue({...run, id: runId(7)});
    queue({...run, id: runId(8), inputs: []});
    await closeWorkspace(workspace);
    workspace = await newWorkspace(workspace.root);
    assert.deepEqual(Object.keys(await picturesOf(runId(1))), [video.digest]);
    assert.deepEqual(waits, ['making thumbnails; everything else is done']);
    assert.equal(notes.length, 1, notes.join());
    assert.match(notes[0] ?? '', /^no thumbnails of rs_00000000: .*gone/);
  });

  it('are written beside each other for people', async () => {
    const entry = {...video, name: 'color.mp4', role: 'color'};
    await workspace.documents.create('refs', {...makeRef('shot'), entries: [entry]});
    const folder = join(await temporaryFolder('pictures'), 'new');
    const paths = await writeThumbnails(workspace, 'shot', folder);
    assert.deepEqual(
      paths,
      ['color.poster.webp', 'color.strip.webp'].map((name) => join(folder, name)),
    );
    assert.deepEqual((await readdir(folder)).toSorted(), ['color.poster.webp', 'color.strip.webp']);
  });

  it('cost a run nothing when the client dies', async () => {
    const root = await newWorkspaceFolder();
    const scene = await makeScene();
    const words = ['run', scene, '--model', 'preview', '--weights', 'edge=1'];
    const child = startCosmos(words, {cwd: root, env: {COSMOS_PAUSE_AT: 'thumbnails.stored'}});
    const ended = outcomeOf(child);
    await waitForPause(child, 'thumbnails.stored', 40_000);
    child.kill('SIGKILL');
    const {stdout} = await ended;
    assert.match(stdout, /completed/);
    const again = await newWorkspace(root);
    const [run] = Array.from(again.index.listRuns());
    assert.equal(run?.status, 'completed');
    assert.equal((await again.documents.read('runs', run.id)).thumbnails, undefined);
    const report = await verify(again, {isDeep: true, workers: 1, isStrict: false});
    assert.deepEqual(report.damage, []);
    const {inputs, outputs} = await again.documents.read('runs', run.id);
    const videos = new Set([...inputs, ...outputs].filter(isVideo).map(({digest}) => digest));
    // What was stored for it is garbage now.
    assert.equal((await collectGarbage(again, NO_GRACE)).condemned.length, 2 * videos.size);
    await closeWorkspace(again);
    const next = await cosmos([...words, '--seed', '2'], {cwd: root});
    assert.equal(next.code, 0, next.stderr);
    const {stdout: shown} = await cosmos(['show', /rs_[0-9a-f]+/.exec(next.stdout)?.[0] ?? ''], {cwd: root});
    assert.match(shown, /\nThumbnails\n {2}\S+\n {4}poster [\d.]+ \S+, sha256:\w+; strip /);
  });
});
