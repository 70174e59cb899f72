import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {chmod, readdir, readFile, rm, stat, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {decodeAll} from '../../src/media/playable.ts';
import {mapLimit} from '../../src/platform/concurrency.ts';
import type {VerifyReport} from '../../src/workspace/verify/report.ts';
import {CITY, cosmos, cosmosJson} from '../support/cli.ts';
import {assertSound} from '../support/sound.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {blobFile, contentsOf, copyWorkspace, flipByte, sha256} from '../support/workspaces.ts';

interface Blob {
  digest: string;
  size: number;
}

/** Both cores, and no more: hashing uses them as well. */
const AT_ONCE = 2;

describe('a workspace with one preview run', function () {
  this.timeout(90_000);

  let root = '';
  let run: RunDocument;
  let blobs: Blob[] = [];

  before(async () => {
    root = join(await temporaryFolder('verify'), 'workspace');
    assert.equal((await cosmos(['init', root])).code, 0);
    run = await cosmosJson<RunDocument>(['run', CITY, '--prompt', 'golden hour'], {cwd: root});
    assert.equal(run.status, 'completed');
    blobs = await cosmosJson<Blob[]>(['blob', 'list'], {cwd: root});
    assert.ok(blobs.length >= 10);
  });

  async function deep(folder: string): Promise<VerifyReport & {code: number | null}> {
    const {code, stdout} = await cosmos(['verify', '--deep', '--json'], {cwd: folder});
    return {...(JSON.parse(stdout) as VerifyReport), code};
  }

  describe('verify --deep', () => {
    it('reads every byte of every blob', async () => {
      const report = await deep(root);
      assert.equal(report.code, 0);
      assert.equal(report.blobsHashed, blobs.length);
      assert.equal(
        report.bytesHashed,
        blobs.reduce((sum, {size}) => sum + size, 0),
      );
      assert.deepEqual(report.damage, []);
      assert.equal(report.coverage.unprovenBlobs, 0);
    });

    it('finds one flipped bit in any blob, until it is healed', async () => {
      await mapLimit(blobs, AT_ONCE, async ({digest, size}, index) => {
        const folder = await copyWorkspace(root);
        const good = await readFile(blobFile(folder, digest));
        const at = [0, size - 1, Math.floor(size / 2)][index % 3] ?? 0;
        await flipByte(blobFile(folder, digest), at);
        const found = await deep(folder);
        assert.equal(found.code, 12, digest);
        assert.deepEqual(
          found.damage.map(({code, digest: which}) => [code, which]),
          [['blob.damaged', digest]],
        );
        assert.deepEqual(
          found.damage.map(({documents}) => documents),
          [[`runs/${run.id}`]],
        );
        assert.match(found.damage.map(({message}) => message).join(), new RegExp(run.id));
        const kept = await readdir(join(folder, 'storage', 'quarantine'));
        assert.ok(
          kept.some((name) => name.includes(digest.slice(7))),
          kept.join(),
        );
        await writeFile(join(folder, 'right'), good);
        assert.equal((await cosmos(['blob', 'put', 'right'], {cwd: folder})).code, 0);
        await assertSound(folder);
        assert.deepEqual(await readFile(blobFile(folder, digest)), good);
      });
    });

    it('goes on to call it damaged however often it is asked', async () => {
      const folder = await copyWorkspace(root);
      await flipByte(blobFile(folder, blobs[0]?.digest ?? ''), 0);
      for (let again = 0; again < 2; again += 1) assert.equal((await deep(folder)).code, 12);
      assert.equal((await cosmos(['verify', '--run', run.id], {cwd: folder})).code, 12);
      const {code, stdout} = await cosmos(['verify'], {cwd: folder});
      assert.equal(code, 12);
      assert.match(stdout, /NOT sound: 1 thing to mend\./);
      assert.match(stdout, /cosmos blob put/);
    });
  });

  describe('verify', () => {
    it('notices a truncated and a deleted blob without reading', async () => {
      const folder = await copyWorkspace(root);
      const [cut, gone] = [run.outputs[0]?.digest ?? '', run.inputs[0]?.digest ?? ''];
      await chmod(blobFile(folder, cut), 0o644);
      await truncate(blobFile(folder, cut), 10);
      await rm(blobFile(folder, gone));
      const {code, stdout} = await cosmos(['verify', '--json'], {cwd: folder});
      const report = JSON.parse(stdout) as VerifyReport;
      assert.equal(code, 12);
      assert.equal(report.bytesHashed, 0);
      assert.deepEqual(
        report.damage.map(({code: found, digest}) => [found, digest]).sort(),
        [
          ['blob.missing', gone],
          ['blob.size', cut],
        ].sort(),
      );
      for (const {documents} of report.damage) assert.deepEqual(documents, [`runs/${run.id}`]);
    });

    it('calls a run that does not exist a usage error', async () => {
      for (const args of [
        ['verify', '--run', 'rs_ffff'],
        ['verify', '--deep', '--run', 'nothing'],
      ]) {
        const {code, stderr} = await cosmos(args, {cwd: root});
        assert.equal(code, 2);
        assert.match(stderr, /There is no run/);
      }
    });

    it('takes notices for damage only when it is strict', async () => {
      const folder = await copyWorkspace(root);
      await writeFile(join(folder, 'storage', 'blobs', 'sha256', 'stray'), 'x');
      assert.equal((await cosmos(['verify'], {cwd: folder})).code, 0);
      const {code, stdout} = await cosmos(['verify', '--strict'], {cwd: folder});
      assert.equal(code, 12);
      assert.match(stdout, /NOT sound: 1 notice/);
    });
  });

  it('says "0 blobs" about an empty store', async () => {
    const folder = await temporaryFolder('empty');
    await cosmos(['init', folder]);
    for (const args of [['verify'], ['verify', '--deep']]) {
      const {code, stdout} = await cosmos(args, {cwd: folder});
      assert.equal(code, 0);
      assert.match(stdout, /0 blobs, nothing to prove/);
    }
  });

  it('answers everything the same after its catalog was deleted', async () => {
    const folder = await copyWorkspace(root);
    await cosmos(['pin', run.id, '--name', 'keep', '--reason', 'shown'], {cwd: folder});
    await writeFile(join(folder, 'note.txt'), 'a note');
    await cosmos(['blob', 'put', 'note.txt', '--name', 'notes'], {cwd: folder});
    const questions = [
      ['list'],
      ['show', run.id.slice(3, 10)],
      ['blob', 'list'],
      ['logs', run.id],
      ...run.outputs.slice(0, 3).map(({digest}) => ['blob', 'stat', digest]),
    ];
    const ask = async (): Promise<unknown[]> =>
      mapLimit(questions, AT_ONCE, async (args) => {
        const answer = await cosmosJson<unknown>(args, {cwd: folder});
        return args[1] === 'stat' ? withoutAges(answer) : answer;
      });
    const before = await ask();
    await rm(join(folder, 'storage', 'catalog'), {recursive: true});
    assert.match((await cosmos(['list'], {cwd: folder})).stderr, /the catalog was missing/);
    assert.deepEqual(await ask(), before);
    const rebuilt = await cosmos(['index', 'rebuild'], {cwd: folder});
    assert.equal(rebuilt.code, 0, rebuilt.stderr);
    assert.deepEqual(await ask(), before);
    const held = await contentsOf(folder);
    const gc = await cosmos(['gc', '--grace', '0'], {cwd: folder});
    assert.equal(gc.code, 0, gc.stderr);
    assert.deepEqual(await contentsOf(folder), held);
    assert.equal((await deep(folder)).code, 0);
  });

  it('names every blob by the SHA-256 of its bytes', async () => {
    for (const {digest, size} of blobs) {
      const bytes = await readFile(blobFile(root, digest));
      assert.equal(`sha256:${sha256(bytes)}`, digest);
      assert.equal(bytes.length, size);
      assert.equal((await stat(blobFile(root, digest))).mode & 0o222, 0);
    }
  });

  it('made videos that decode from end to end', async () => {
    const videos = run.outputs.filter(({name}) => name.endsWith('.mp4'));
    assert.equal(videos.length, 5);
    await mapLimit(videos, AT_ONCE, async ({digest, media, name}) => {
      const {frames} = await decodeAll(blobFile(root, digest));
      assert.equal(frames, media?.frames, name);
      assert.equal(frames, 48, name);
    });
  });

  it('has a view with the files under their own names', async () => {
    const {path} = await cosmosJson<{path: string}>(['open', run.id], {cwd: root});
    const names = (await readdir(path)).sort();
    assert.deepEqual(names, [...run.outputs.map(({name}) => name), 'manifest.json', 'run.log'].sort());
    for (const {name, digest} of run.outputs)
      assert.equal(`sha256:${sha256(await readFile(join(path, name)))}`, digest, name);
    assert.deepEqual(JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8')), run);
  });

  it('gives the view back when it was deleted, with nothing lost', async () => {
    const folder = await copyWorkspace(root);
    await rm(join(folder, 'outputs'), {recursive: true});
    const {stdout} = await cosmos(['open', '--print', '--play', run.id], {cwd: folder});
    assert.equal(
      sha256(await readFile(stdout.trim())),
      run.outputs.find(({name}) => name === 'output.mp4')?.digest.slice(7),
    );
  });

  it('has no view when it was not wanted, and one when it is', async () => {
    const folder = await copyWorkspace(root);
    await rm(join(folder, 'outputs'), {recursive: true});
    await writeFile(join(folder, 'cosmos.toml'), '[views]\nauto = false\n');
    const again = await cosmosJson<RunDocument>(['run', CITY, '--weights', 'vis=1'], {cwd: folder});
    assert.equal(again.status, 'completed');
    assert.equal(existsSync(join(folder, 'outputs')), false);
    const {stdout} = await cosmos(['open', '--print', again.id], {cwd: folder});
    assert.deepEqual(
      (await readdir(stdout.trim())).sort(),
      [...again.outputs.map(({name}) => name), 'manifest.json', 'run.log'].sort(),
    );
  });

  it('has a view of links only when they were asked for', async () => {
    const {path: own} = await cosmosJson<{path: string}>(['open', run.id], {cwd: root});
    const video = run.outputs.find(({name}) => name === 'output.mp4');
    assert.equal((await stat(join(own, 'output.mp4'))).nlink, 1);
    const folder = await copyWorkspace(root);
    await rm(join(folder, 'outputs'), {recursive: true});
    await writeFile(join(folder, 'cosmos.toml'), '[views]\nmode = "link"\n');
    const {path} = await cosmosJson<{path: string}>(['open', run.id], {cwd: folder});
    const [view, blob] = await Promise.all([
      stat(join(path, 'output.mp4')),
      stat(blobFile(folder, video?.digest ?? '')),
    ]);
    assert.equal(view.ino, blob.ino);
    assert.equal((await deep(folder)).code, 0);
  });

  it('is brought back whole by undo after a deletion and gc', async () => {
    const folder = await copyWorkspace(root);
    const held = await contentsOf(folder);
    assert.equal((await cosmos(['delete', run.id], {cwd: folder})).code, 0);
    assert.deepEqual(await cosmosJson(['list'], {cwd: folder}), []);
    assert.equal((await cosmos(['gc', '--grace', '0'], {cwd: folder})).code, 0);
    assert.equal((await cosmosJson<Blob[]>(['blob', 'list'], {cwd: folder})).length, 0);
    assert.equal((await cosmos(['gc', 'undo'], {cwd: folder})).code, 0);
    assert.equal((await cosmos(['gc', 'undo'], {cwd: folder})).code, 0);
    assert.equal((await deep(folder)).code, 0);
    const back = await contentsOf(folder);
    for (const [name, digest] of Object.entries(held))
      if (!name.startsWith('outputs')) assert.equal(back[name], digest, name);
  });
});

/** When a blob was stored is counted from the rebuild; everything else has to be the same. */
function withoutAges(answer: unknown): unknown {
  return {...(answer as object), storedAt: null};
}
