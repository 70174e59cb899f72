import assert from 'node:assert/strict';
import {cp, readdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {CITY, cosmos, cosmosJson, makeCliWorkspace} from '../support/cli.ts';
import {makeSmallDisk, type SmallDisk} from '../support/small-disk.ts';
import {assertSound} from '../support/sound.ts';
import {contentsOf} from '../support/workspaces.ts';

const MEGABYTE = 1_000_000;

interface ErrorDocument {
  error: {code: string; message: string; hint: string};
}

async function assertUnharmed(root: string): Promise<void> {
  await assertSound(root);
  assert.deepEqual(await readdir(join(root, 'storage', 'ingest')), []);
}

describe('a disk', function () {
  this.timeout(60_000);

  let disk: SmallDisk | undefined;

  async function mounted(context: Mocha.Context, sizeMegabytes: number): Promise<SmallDisk> {
    disk = await makeSmallDisk(sizeMegabytes);
    return disk ?? context.skip();
  }

  afterEach(() => {
    disk?.unmount();
    disk = undefined;
  });

  it('without space for the inputs starts nothing', async function () {
    const {folder: root} = await mounted(this, 6);
    assert.equal((await cosmos(['init', root])).code, 0);
    const held = await contentsOf(root);
    const {code, stderr} = await cosmos(['run', CITY], {cwd: root});
    assert.equal(code, 1);
    assert.match(stderr, /needs about 8\.0 MB in .*; \d\.\d MB are free[^]*\(store\.full, exit 1/);
    assert.deepEqual(await contentsOf(root), held);
  });

  it('that fills up during a put leaves the store as it was', async function () {
    const {folder: root, remount} = await mounted(this, 5);
    assert.equal((await cosmos(['init', root])).code, 0);
    await writeFile(join(root, 'small'), 'kept');
    assert.equal((await cosmos(['blob', 'put', 'small'], {cwd: root})).code, 0);
    await writeFile(join(root, 'filler'), Buffer.alloc(3.5 * MEGABYTE));
    const held = await contentsOf(root);
    const put = ['blob', 'put', join(CITY, 'color.mp4'), join(CITY, 'depth.mp4')];
    const {code, stdout} = await cosmos([...put, '--json'], {cwd: root});
    const {error} = JSON.parse(stdout) as ErrorDocument;
    assert.equal(code, 1);
    assert.equal(error.code, 'store.full');
    assert.match(error.hint, /Free some space/);
    assert.deepEqual(await contentsOf(root), held);
    await assertUnharmed(root);
    assert.equal((await cosmos(['gc', '--purge', '--yes'], {cwd: root})).code, 0);
    await rm(join(root, 'filler'));
    remount('size=20m');
    assert.equal((await cosmos(put, {cwd: root})).code, 0);
    await assertUnharmed(root);
  });

  it('that fills up during the job fails the run with the true reason', async function () {
    const {folder: root} = await mounted(this, 10);
    assert.equal((await cosmos(['init', root])).code, 0);
    const {code, stdout} = await cosmos(['run', CITY], {cwd: root});
    assert.equal(code, 14);
    assert.match(stdout, /target\.no-space[^]*Free some space/);
    assert.doesNotMatch(stdout, /Correct the inputs/);
    await assertUnharmed(root);
  });

  it('that fills up while a run comes home loses nothing of it', async function () {
    const {folder: root, remount} = await mounted(this, 9);
    await cp(await makeCliWorkspace(MAKES_LARGE), root, {recursive: true});
    await writeFile(join(root, 'text.txt'), Buffer.alloc(1000));
    const {code, stdout} = await cosmos(['run', 'request.json', '--model', 'large', '--json'], {cwd: root});
    const {error} = JSON.parse(stdout) as ErrorDocument;
    assert.equal(error.code, 'store.full');
    assert.equal(code, 1);
    assert.match(
      error.hint,
      /The run rs_\w+ is not lost[^]*"cosmos status" carries it on; do not start it again/,
    );
    const [waiting] = await cosmosJson<{status: string}[]>(['list'], {cwd: root});
    assert.equal(waiting?.status, 'collecting');
    assert.deepEqual(await readdir(join(root, 'storage', 'ingest')), []);
    remount('size=40m');
    assert.equal((await cosmos(['status', '--wait', '20'], {cwd: root})).code, 0);
    const [ended] = await cosmosJson<{id: string; status: string}[]>(['list'], {cwd: root});
    assert.equal(ended?.status, 'completed');
    const run = await cosmosJson<RunDocument>(['show', ended.id], {cwd: root});
    assert.equal(run.outputs[0]?.size, 5 * MEGABYTE);
    assert.equal(run.attempts.length, 1);
    await assertUnharmed(root);
  });

  it('that is read-only is said so by every command', async function () {
    const {folder: root, remount} = await mounted(this, 30);
    await cp(await makeCliWorkspace(), root, {recursive: true});
    assert.equal((await cosmos(['run', 'request.json', '--model', 'copy'], {cwd: root})).code, 0);
    remount('ro');
    const held = await contentsOf(root);
    for (const args of [
      ['run', 'request.json', '--model', 'copy'],
      ['blob', 'put', 'text.txt'],
      ['gc'],
      ['init', 'inner'],
      ['config', 'set', 'gc.grace', '2h'],
    ]) {
      const {code, stderr} = await cosmos(args, {cwd: root});
      assert.equal(code, 1, args.join(' '));
      assert.match(
        stderr,
        /Cannot write to .* \(EROFS\)[^]*Make the folder writable[^]*\(store\.readonly, exit 1/,
      );
    }
    assert.deepEqual(await contentsOf(root), held);
    remount('rw');
    assert.equal((await cosmos(['run', 'request.json', '--model', 'copy'], {cwd: root})).code, 0);
    await assertUnharmed(root);
  });
});

/** Writes 5 MB that are not all the same block. */
const MAKES_LARGE = `[models.large]
argv = [${JSON.stringify(process.execPath)}, "-e", "require('fs').writeFileSync(process.argv[1] + '/large.bin', require('crypto').randomBytes(${5 * MEGABYTE}))", "{outputs}"]
inputs = ["text"]
outputs = [{name = "large.bin", mediaType = "application/octet-stream"}]
`;
